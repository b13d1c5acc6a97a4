"""All settings, from `SANGDAM_*` variables, read once at start and handed down as plain arguments."""

from pathlib import Path
from typing import Any, Final, Literal

from platformdirs import user_cache_path
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.errors import BadSetting
from contracts.event import Language
from summarize.drafting import LIMIT_S

DEFAULT_PORT: Final = 8120
DEFAULT_OPS_PORT: Final = 8121
SECRETS: Final = Path("/run/secrets")
"""Where container engines put secrets: one file each, named like the variable in lower case."""


class Settings(BaseSettings):
    """Frozen; every field has a default that works on one machine."""

    model_config = SettingsConfigDict(
        env_prefix="SANGDAM_", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    data_dir: Path = Path("var")
    """Bus log, database and the cookie secret of this site."""
    bus: str = ""
    """Bus URL, see `bus/open.py`; empty: `embedded:///…/bus.db` in the data folder."""
    bus_password: SecretStr | None = None
    """Of the broker's account; never in the URL, which is shown and logged."""
    database: str = ""
    """Database URL; empty: SQLite in the data folder."""
    database_password: SecretStr | None = None
    models_dir: Path = Field(default_factory=lambda: user_cache_path("sangdam") / "models")
    """Model weights, shared by all checkouts of a user."""
    model: str | None = None
    """Whisper: a folder, a name of the catalogue, or nothing: what suits this machine."""
    diarizer: str | None = None
    """Who speaks when in recordings of one channel: nothing: our own engine; `off`; or a pyannote pipeline, by its
    name on the hub or as a folder."""
    encoder: str = ""
    """Sentence encoder that finds guides by meaning, a folder or a name on the hub; empty: by words alone."""
    reranker: str = ""
    """Cross-encoder that reads the best guides once more, a folder or a name on the hub; empty: none."""
    llm_url: str = ""
    """Base URL of a server that speaks the OpenAI protocol, e.g. `http://127.0.0.1:8000/v1`; it writes summaries and
    answers. Whatever it is sent is masked already; choose one of your own network."""
    llm_model: str = ""
    """The model's name there; with an empty `llm_url`, a folder or a name on the hub of a model that runs here."""
    llm_key: SecretStr | None = None
    llm_ca: Path | None = None
    """Certificate of the authority behind `llm_url`, where it is the site's own."""
    llm_limit_s: float = Field(default=LIMIT_S, gt=0, le=600)
    """How long a summary may be written; afterwards what was said stands as the draft."""
    answers: bool = False
    """The language model also says each card's passage in one sentence."""
    guides: Path | None = None
    """A folder of guides that is read again and again; what changed is published."""
    guides_retire: bool = False
    """Guides whose files vanish from that folder are retired."""
    weights: Path | None = None
    """Of the search, as `sangdam assist tune` writes them; none: those that come along."""
    synonyms: Path | None = None
    """YAML of everyday words and their official terms; none: the list that comes along."""
    agencies: Path | None = None
    """YAML of other agencies and their matters; none: the table that comes along."""
    stale_days: int = Field(default=365, ge=1)
    """A guide that nobody has checked for so long is marked as old."""
    summary_form: Path | None = None
    """YAML of the fields of the summary; none: the form that comes along."""
    categories: Path | None = None
    """YAML of the site's 상담유형; none: the tree that comes along."""
    chat: Path | None = None
    """YAML of the site's chats: hours, queues, greetings, words; none: what comes along."""
    voc: Path | None = None
    """YAML of the site's alerts: windows, cool-down, departments; none: what comes along."""
    districts: Path | None = None
    """YAML of the site's districts, their places, neighbours and tiles of the map; none: those of Seoul."""
    voc_mail: str = ""
    """Who is mailed of a new alert, addresses apart by spaces; needs `smtp`. Empty: nobody."""
    voc_webhook: str = ""
    """`https://…` that is told of alerts; empty: none."""
    voc_webhook_key: SecretStr | None = Field(default=None, min_length=16)
    """Signs what the webhook is told (HMAC-SHA-256); needed with `voc_webhook`."""
    public_url: str = ""
    """Where citizens reach the pages, e.g. `https://chat.example.kr`; stands in links that are sent."""
    embed_origins: str = ""
    """Sites that may show the chat within their pages, apart by spaces."""
    vault_key: SecretStr | None = Field(default=None, min_length=32)
    """Seals what citizens write, at least 32 characters; none: made once and kept in the data folder. Without it
    nothing that was sealed can be read again."""
    ars_key: SecretStr | None = Field(default=None, min_length=16)
    """With it the visible ARS asks for links; none: it cannot."""
    instagram_secret: SecretStr | None = None
    """Of the app that is registered at the provider: it signs what comes in; none: the channel is off."""
    instagram_token: SecretStr | None = None
    instagram_verify: SecretStr | None = None
    """The word that is entered where the webhook is registered."""
    instagram_url: str = "https://graph.instagram.com/v23.0"
    kakao_secret: SecretStr | None = None
    """Shared with the dealer of Kakao's consult talk; none: the channel is off."""
    kakao_token: SecretStr | None = None
    kakao_url: str = ""
    """The dealer's address for replies."""
    smtp: str = ""
    """`smtp://user@host:587` or `smtps://…`, by which citizens are sent their transcript; empty: none is."""
    smtp_password: SecretStr | None = None
    mail_from: str = ""
    push_key: SecretStr | None = None
    """VAPID private key for web push, as `sangdam chat push-key` makes it; none: no web push."""
    push_contact: str = ""
    """`mailto:` of the site, for the push services."""
    offline: bool = False
    """Never ask a model hub or registry."""
    language: Language = "ko"
    host: str = "127.0.0.1"
    port: int = Field(default=DEFAULT_PORT, ge=0, le=65535)
    """0: any free one."""
    origins: str = ""
    """Public addresses of the pages, apart by spaces, where a proxy changes the Host header."""
    secret: SecretStr | None = Field(default=None, min_length=32)
    """Signs cookies, at least 32 characters; none: made once and kept in the data folder, for its owner alone."""
    ops_host: str = "127.0.0.1"
    ops_port: int = Field(default=DEFAULT_OPS_PORT, ge=0, le=65535)
    """/healthz, /readyz and /metrics of this process; 0: any free one."""
    log: str = "WARNING"
    log_format: Literal["text", "json"] = "text"
    traces: str = ""
    """OTLP/HTTP endpoint, e.g. `http://collector:4318`; empty: no traces."""
    threads: int = Field(default=0, ge=0)
    """CPU threads of the recogniser; 0: all cores."""

    @field_validator("*", mode="before")
    @classmethod
    def _nothing_in_it(cls, value: object, info: ValidationInfo) -> object:
        """An empty file of a secret says that there is none."""
        is_secret = info.field_name and cls.model_fields[info.field_name].annotation == SecretStr | None
        return None if is_secret and value == "" else value

    @property
    def bus_engine(self) -> str:
        """`embedded` or `kafka`."""
        return self.bus_url.partition(":")[0]

    @property
    def database_engine(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.database_url.partition(":")[0].partition("+")[0]

    @property
    def bus_url(self) -> str:
        return self.bus or f"embedded://{(self.data_dir / 'bus.db').resolve()}"

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite+aiosqlite:///{(self.data_dir / 'sangdam.db').resolve()}"


_SECRET: Final = frozenset(
    name for name, field in Settings.model_fields.items() if field.annotation == SecretStr | None
)


def load(**overrides: object) -> Settings:
    """Settings of this process; `overrides` come from the command line and win over the environment.

    Raises:
        BadSetting: a variable has a value that cannot be used.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    # pydantic-settings warns where the folder is missing.
    folder: dict[str, Any] = {"_secrets_dir": SECRETS} if SECRETS.is_dir() else {}
    try:
        options = Settings(**folder)
        return Settings.model_validate({**options.model_dump(), **given}) if given else options
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = "SANGDAM_" + "_".join(str(part).upper() for part in first["loc"])
        value = "…" if _SECRET & set(first["loc"]) else first["input"]
        raise BadSetting(
            f"설정 {name}의 값 '{value}'을(를) 쓸 수 없습니다.", f"{name}: {first['msg']}, got '{value}'."
        ) from None


def revealed(secret: SecretStr | None) -> str | None:
    """For those who need the value itself."""
    return secret.get_secret_value() if secret else None
