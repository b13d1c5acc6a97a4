"""Which services run: names, order, what they need; and which settings are refused for them."""

import pytest

from contracts.errors import BadSetting
from sangdam.commands.serve import check
from sangdam.services import SERVICES, choose, needs_database
from sangdam.settings import Settings

SECRET = "s" * 32


def test_none_is_all() -> None:
    assert choose([]) == SERVICES


def test_they_come_in_the_order_of_a_call_and_once() -> None:
    assert choose(["console", "ingest", "console"]) == ("ingest", "console")


@pytest.mark.parametrize(
    ("given", "meant"), [("ingst", "ingest"), ("consol", "console"), ("summary", "summarize")]
)
def test_a_slip_is_answered_with_what_was_meant(given: str, meant: str) -> None:
    with pytest.raises(BadSetting) as refused:
        choose(["asr", given])
    for sentence in (refused.value.ko, refused.value.en):
        assert f"'{given}'" in sentence
        assert f"'{meant}'" in sentence


def test_something_else_entirely() -> None:
    with pytest.raises(BadSetting) as refused:
        choose(["database"])
    assert "mean" not in refused.value.en
    assert ", ".join(SERVICES) in refused.value.en


def test_only_asr_does_without_the_database() -> None:
    assert not needs_database(["asr"])
    assert all(needs_database([name]) for name in SERVICES if name != "asr")
    assert needs_database(SERVICES)


@pytest.mark.parametrize(
    "names", [("console",), ("ingest",), ("chat_gateway",), ("asr", "console"), SERVICES]
)
def test_processes_that_sign_cookies_need_one_secret(names: tuple[str, ...]) -> None:
    kafka = {"bus": "kafka://127.0.0.1:9092", "vault_key": SECRET}
    with pytest.raises(BadSetting, match="SANGDAM_SECRET"):
        check(Settings(**kafka), names)  # type: ignore[arg-type]
    check(Settings(**kafka, secret=SECRET), names)  # type: ignore[arg-type]
    check(Settings(), names)


def test_chat_gateways_need_one_key() -> None:
    kafka = {"bus": "kafka://127.0.0.1:9092", "secret": SECRET}
    with pytest.raises(BadSetting, match="SANGDAM_VAULT_KEY"):
        check(Settings(**kafka), ("chat_gateway",))  # type: ignore[arg-type]
    check(Settings(**kafka), ("console",))  # type: ignore[arg-type]


def test_without_pages_nobody_signs_anything() -> None:
    check(Settings(bus="kafka://127.0.0.1:9092"), ("asr", "assist", "summarize"))
