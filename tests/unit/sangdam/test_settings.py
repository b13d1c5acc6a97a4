"""Settings come from SANGDAM_* variables, the command line wins, and a bad value is told with its name."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from contracts.errors import BadSetting
from sangdam import settings
from sangdam.settings import Settings, revealed

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("SANGDAM_")]:
        monkeypatch.delenv(name)


def test_the_defaults_work_on_one_machine() -> None:
    options = settings.load()
    assert (options.host, options.port) == ("127.0.0.1", 8120)
    assert options.model is None
    assert not options.offline
    assert options.bus_url == f"embedded://{Path('var/bus.db').resolve()}"
    assert options.database_url == f"sqlite+aiosqlite:///{Path('var/sangdam.db').resolve()}"


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        ("DATA_DIR", "/srv/상담", "data_dir", Path("/srv/상담")),
        ("BUS", "embedded:///x/bus.db", "bus_url", "embedded:///x/bus.db"),
        ("DATABASE", "postgresql+asyncpg://h/n", "database_url", "postgresql+asyncpg://h/n"),
        ("MODELS_DIR", "/srv/models", "models_dir", Path("/srv/models")),
        ("MODEL", "tiny", "model", "tiny"),
        ("OFFLINE", "1", "offline", True),
        ("LANGUAGE", "en", "language", "en"),
        ("HOST", "::1", "host", "::1"),
        ("PORT", "0", "port", 0),
        ("THREADS", "3", "threads", 3),
        ("OPS_HOST", "0.0.0.0", "ops_host", "0.0.0.0"),
        ("OPS_PORT", "0", "ops_port", 0),
        ("OPS_PORT", "", "ops_port", 8121),
        ("LOG_FORMAT", "json", "log_format", "json"),
        ("TRACES", "http://h:4318", "traces", "http://h:4318"),
        ("PORT", "", "port", 8120),
    ],
)
def test_variables(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, field: str, expected: object
) -> None:
    monkeypatch.setenv(f"SANGDAM_{variable}", value)
    assert getattr(settings.load(), field) == expected
    assert getattr(settings.load(language=None), field) == expected


def test_bus_and_database_stand_in_the_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SANGDAM_DATA_DIR", str(tmp_path))
    assert settings.load().bus_url == f"embedded://{tmp_path}/bus.db"
    assert settings.load().database_url == f"sqlite+aiosqlite:///{tmp_path}/sangdam.db"


def test_the_command_line_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGDAM_PORT", "9000")
    monkeypatch.setenv("SANGDAM_HOST", "0.0.0.0")
    options = settings.load(port=9001, host=None)
    assert (options.port, options.host) == (9001, "0.0.0.0")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "abc"),
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("OFFLINE", "perhaps"),
        ("THREADS", "-2"),
        ("OPS_PORT", "x"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_bad_value_is_told_with_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(f"SANGDAM_{variable}", value)
    with pytest.raises(BadSetting) as refused:
        settings.load()
    for sentence in (refused.value.ko, refused.value.en):
        assert f"SANGDAM_{variable}" in sentence
        assert f"'{value}'" in sentence


def test_a_bad_value_from_the_command_line() -> None:
    with pytest.raises(BadSetting, match="SANGDAM_PORT"):
        settings.load(port=70000)


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGDAM_SECRET", SECRET)
    options = settings.load(port=1)
    assert options.secret is not None
    assert options.secret.get_secret_value() == SECRET
    assert SECRET not in repr(options)
    monkeypatch.setenv("SANGDAM_SECRET", "sesame")
    with pytest.raises(BadSetting, match="SANGDAM_SECRET") as refused:
        settings.load()
    assert "sesame" not in str(refused.value)


def test_passwords_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGDAM_BUS_PASSWORD", "sesame")
    monkeypatch.setenv("SANGDAM_DATABASE_PASSWORD", "sesame")
    options = settings.load()
    assert "sesame" not in repr(options)
    assert revealed(options.bus_password) == revealed(options.database_password) == "sesame"
    assert revealed(Settings().secret) is None


def test_secrets_may_be_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sangdam_secret").write_text(f"{SECRET}\n")
    (tmp_path / "sangdam_bus_password").write_text("from a file\n")
    (tmp_path / "sangdam_database_password").write_text("from a file")
    (tmp_path / "another").write_text("x")
    monkeypatch.setattr(settings, "SECRETS", tmp_path)
    options = settings.load(port=1)
    assert revealed(options.secret) == SECRET
    assert revealed(options.bus_password) == revealed(options.database_password) == "from a file"
    monkeypatch.setenv("SANGDAM_BUS_PASSWORD", "from the environment")
    assert revealed(settings.load().bus_password) == "from the environment"
    (tmp_path / "sangdam_secret").write_text("short")
    with pytest.raises(BadSetting, match="SANGDAM_SECRET") as refused:
        settings.load()
    assert "short'" not in str(refused.value)


@pytest.mark.parametrize(
    ("bus", "database", "engines"),
    [
        ("", "", ("embedded", "sqlite")),
        ("kafka://h:9092?security=ssl", "postgresql+asyncpg://h/n", ("kafka", "postgresql")),
    ],
)
def test_engines(bus: str, database: str, engines: tuple[str, str]) -> None:
    options = Settings(bus=bus, database=database)
    assert (options.bus_engine, options.database_engine) == engines


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        settings.load().port = 1  # type: ignore[misc]
