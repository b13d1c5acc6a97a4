"""`site.yaml`: what comes along, and over it the site's own file."""

import zoneinfo
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from chat_gateway.emergency import Emergency
from chat_gateway.hours import DAYS, Hours, Span, read_span
from chat_gateway.limits import Amount, Amounts
from chat_gateway.profanity import Profanity
from chat_gateway.rules import AgentRule, Rules, Sentence
from contracts.chat import Channel, Label
from contracts.chat_http import CannedAnswer, ChatLinks, ChatTopic
from contracts.errors import BadSetting
from contracts.event import Language

DEFAULT_PATH: Final = Path(__file__).with_name("site.yaml")
MAX_BYTES: Final = 1024 * 1024

_WHOLE: Final = frozenset({("hours", "week"), ("hours", "days"), ("agents",)})
"""Named parts that a site's file replaces as a whole: a week that keeps a day of another site's would be wrong."""


class _Strict(BaseModel):
    """A name that is not known is a mistake in writing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Text(_Strict):
    ko: str = Field(min_length=1, max_length=500)
    en: str = Field(min_length=1, max_length=500)


class _Links(_Strict):
    relay_ko: str
    relay_url: str = Field(pattern=r"^https?://\S+$")
    sign_ko: str
    sign_url: str = Field(pattern=r"^https?://\S+$")


class _Topic(_Strict):
    skill: str = Field(pattern=r"^[a-z0-9_-]{1,40}$")
    ko: str = Field(min_length=1)
    en: str = Field(min_length=1)


class _Canned(_Strict):
    title: str = Field(min_length=1, max_length=40)
    text: str = Field(min_length=1, max_length=1000)


class _Agent(_Strict):
    skills: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ()
    capacity: int | None = Field(default=None, ge=1, le=20)


def _known_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"'{name}' is no time zone / 시간대 이름이 아닙니다 (Asia/Seoul)") from None
    return name


class _Hours(_Strict):
    timezone: Annotated[str, AfterValidator(_known_zone)]
    week: dict[str, tuple[Annotated[Any, AfterValidator(read_span)], ...]]
    days: dict[date | str, tuple[Annotated[Any, AfterValidator(read_span)], ...]] = {}
    text: _Text | None = None

    def read(self) -> Hours:
        """Raises: ValueError: a day that is none."""
        if unknown := set(self.week) - set(DAYS):
            raise ValueError(f"hours.week: {sorted(unknown)}: days are / 요일은 {', '.join(DAYS)}")
        week: dict[int, tuple[Span, ...]] = {DAYS.index(day): spans for day, spans in self.week.items()}
        days = {day: spans for written, spans in self.days.items() for day in _dates(written)}
        return Hours(zoneinfo.ZoneInfo(self.timezone), week, days)


class _Texts(_Strict):
    greeting: _Text
    after_hours: _Text
    agent_lost: _Text
    idle_warning: _Text
    resting: _Text
    emergency: _Text


class _Idle(_Strict):
    warn_s: float = Field(ge=10, le=24 * 3600)
    rest_end_s: float = Field(ge=60, le=30 * 24 * 3600)


class _Words(_Strict):
    also: tuple[str, ...] = ()
    excepted: tuple[str, ...] = Field(default=(), alias="except")


class _File(_Strict):
    name: _Text
    links: _Links
    topics: tuple[_Topic, ...] = Field(max_length=30)
    hours: _Hours
    texts: _Texts
    greeting_replies: tuple[Label, ...] = Field(max_length=8)
    stay_reply: Label = Field(min_length=1)
    canned: tuple[_Canned, ...]
    capacity: int = Field(ge=1, le=20)
    weights: dict[Channel, Annotated[float, Field(gt=0, le=20)]]
    agents: dict[str, _Agent]
    idle: _Idle
    agent_lost_s: float = Field(ge=2, le=600)
    guides: int = Field(ge=0, le=3)
    emergency: _Words
    profanity: _Words
    limits: dict[str, float | dict[str, float]]


def load_rules(path: Path | None = None) -> Rules:
    """What comes along, and over it the site's own file.

    Raises:
        BadSetting: a file cannot be read, is no YAML, or says something that cannot be: what is wrong, and where.
    """
    written = _read(DEFAULT_PATH)
    if path is not None:
        written = _over(written, _read(path), ())
    shown = path or DEFAULT_PATH
    try:
        return _rules(_File.model_validate(written))
    except ValidationError as error:
        first = error.errors()[0]
        raise _bad(shown, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except ValueError as error:
        raise _bad(shown, str(error)) from None


def _rules(file: _File) -> Rules:
    hours = file.hours.read()
    hours_text = _sentence(file.hours.text) if file.hours.text else Sentence(hours.text_ko(), hours.text_en())
    skills = {topic.skill for topic in file.topics}
    for staff_id, agent in file.agents.items():
        if unknown := set(agent.skills) - skills:
            raise ValueError(
                f"agents.{staff_id}.skills: {sorted(unknown)}: not in topics / topics에 없습니다"
            )
    texts = {name: _sentence(getattr(file.texts, name), hours_text) for name in _Texts.model_fields}
    return Rules(
        name=_sentence(file.name),
        links=ChatLinks(**file.links.model_dump()),
        topics=tuple(ChatTopic(**topic.model_dump()) for topic in file.topics),
        **texts,
        hours_text=hours_text,
        is_open=hours.is_open,
        emergency_words=Emergency(file.emergency.also, file.emergency.excepted),
        profanity=Profanity(file.profanity.also, file.profanity.excepted),
        canned=tuple(CannedAnswer(**canned.model_dump()) for canned in file.canned),
        greeting_replies=file.greeting_replies,
        stay_reply=file.stay_reply,
        capacity=file.capacity,
        weights={str(channel): weight for channel, weight in file.weights.items()},
        idle_warn_s=file.idle.warn_s,
        rest_end_s=file.idle.rest_end_s,
        agent_lost_s=file.agent_lost_s,
        guides=file.guides,
        agents={
            staff_id: AgentRule(agent.skills, agent.languages, agent.capacity)
            for staff_id, agent in file.agents.items()
        },
        limits=_amounts(file.limits),
    )


def _amounts(written: dict[str, float | dict[str, float]]) -> Amounts:
    """Raises: ValueError: a limit that is none, or is written wrongly."""
    known = {one.name: getattr(Amounts(), one.name) for one in fields(Amounts)}
    for name, value in written.items():
        if name not in known:
            raise ValueError(f"limits.{name}: not a limit / 없는 이름입니다 ({', '.join(known)})")
        try:
            if isinstance(known[name], Amount):
                known[name] = TypeAdapter(Amount).validate_python(value, strict=False)
                right = known[name].burst >= 1 and known[name].per_s > 0
            else:
                known[name] = TypeAdapter(int).validate_python(value)
                right = known[name] >= 1
        except ValidationError:
            right = False
        if not right:
            raise ValueError(f"limits.{name}: {value}: write {{burst: N, per_s: N}} or a number, above 0")
    return Amounts(**known)


def _dates(written: date | str) -> Iterator[date]:
    """`2026-01-01`, or `2026-02-16/2026-02-18` with both ends."""
    if isinstance(written, date):
        yield written
        return
    first, _, last = written.partition("/")
    try:
        begin, end = date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
    except ValueError:
        raise ValueError(
            f"hours.days: '{written}' is no date / 날짜가 아닙니다 (2026-01-01, 2026-02-16/2026-02-18)"
        ) from None
    if not 0 <= (end - begin).days <= 366:
        raise ValueError(f"hours.days: '{written}' ends before it begins / 끝이 시작보다 앞섭니다")
    yield from (begin + timedelta(days=day) for day in range((end - begin).days + 1))


def _sentence(text: _Text, hours: Sentence | None = None) -> Sentence:
    if hours is None:
        return Sentence(text.ko, text.en)
    return Sentence(text.ko.replace("{hours}", hours.ko), text.en.replace("{hours}", hours.en))


def _over(below: dict[Any, Any], above: dict[Any, Any], at: tuple[str, ...]) -> dict[Any, Any]:
    merged = dict(below)
    for name, value in above.items():
        here = (*at, str(name))
        both = isinstance(value, dict) and isinstance(merged.get(name), dict)
        merged[name] = _over(merged[name], value, here) if both and here not in _WHOLE else value
    if at == ("hours",) and "week" in above and "text" not in above:
        merged.pop("text", None)
    return merged


def _read(path: Path) -> dict[Any, Any]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _bad(path, f"larger than {MAX_BYTES // 1024} KiB")
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:  # a date that is none is a ValueError
        raise _bad(path, " ".join(str(error).split())) from None
    if read is None:
        return {}
    if not isinstance(read, dict):
        raise _bad(path, "names and values are needed / 이름: 값의 모음이 아닙니다")
    return read


def _bad(path: Path, why: str) -> BadSetting:
    return BadSetting(
        f"채팅 설정 {path}을(를) 쓸 수 없습니다. chat_gateway/site.yaml의 형식과 견주어 고치십시오. ({why})",
        f"Chat settings {path} cannot be used. Compare them with chat_gateway/site.yaml. ({why})",
    )
