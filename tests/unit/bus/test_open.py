import sys

import pytest

from bus.open import open_bus
from contracts.errors import BadSetting


async def test_the_embedded_engine_opens_by_url(tmp_path):
    bus = await open_bus(f"embedded://{tmp_path}/new/folder/bus.db?synchronous=full&session_s=2.5")
    await bus.publish("transcript", "contact", b"")
    await bus.close()
    assert (tmp_path / "new/folder/bus.db").exists()


async def test_a_path_may_hold_spaces(tmp_path):
    await (await open_bus(f"embedded://{tmp_path}/call%20centre/bus.db")).close()
    assert (tmp_path / "call centre" / "bus.db").exists()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "bus.db",
        "redis:///tmp/bus.db",
        "embedded://relative/bus.db",
        "embedded:///",
        "embedded:///tmp/bus.db?synchronous=off",
        "embedded:///tmp/bus.db?session_s=soon",
        "embedded:///tmp/bus.db?session_s=0",
        "embedded:///tmp/bus.db?session_s=nan",
        "embedded:///tmp/bus.db?sesion_s=10",
    ],
)
async def test_a_bad_url_says_what_is_needed(url):
    with pytest.raises(BadSetting, match="필요한 것"):
        await open_bus(url)


async def test_without_the_extra_it_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name == "kafka" or name.startswith(("kafka.", "bus.kafka"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "kafka", None)
    with pytest.raises(BadSetting, match=r"sangdam\[kafka\]"):
        await open_bus("kafka://127.0.0.1:9092")
