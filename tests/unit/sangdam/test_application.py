"""What the composition root takes before anything is loaded: a folder, a port, a secret."""

import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from contracts.errors import BadSetting
from sangdam.application import cookie_secret, listen, make_folder
from sangdam.settings import Settings


def test_a_port_in_use_is_told() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadSetting) as refused:
            listen("127.0.0.1", port)
    assert f"127.0.0.1:{port}" in refused.value.ko
    assert f"127.0.0.1:{port}" in refused.value.en
    with listen("127.0.0.1", port) as again:  # free again at once
        assert again.getsockname()[1] == port


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_that_is_not_ours(host: str) -> None:
    with pytest.raises(BadSetting, match=host):
        listen(host, 0)


def test_ipv6() -> None:
    if not socket.has_ipv6 or not Path("/proc/net/if_inet6").exists():
        pytest.skip("this machine has no IPv6")
    with listen("::1", 0) as listening:
        assert listening.family == socket.AF_INET6


def test_the_data_folder_is_its_owners_alone(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700
    make_folder(tmp_path / "a" / "b")


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_in_place_of_the_data_folder(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadSetting, match="SANGDAM_DATA_DIR") as refused:
        make_folder(tmp_path / place)
    assert str(tmp_path / place) in refused.value.ko


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # for root, who runs these tests too, it always can
    with pytest.raises(BadSetting, match="SANGDAM_DATA_DIR"):
        make_folder(tmp_path)


def test_the_cookie_secret_is_made_once(tmp_path: Path) -> None:
    options = Settings(data_dir=tmp_path)
    secret = cookie_secret(options)
    assert len(secret) >= 32
    assert cookie_secret(options) == secret
    assert stat.S_IMODE((tmp_path / "cookie-secret").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["cookie-secret"]
    assert cookie_secret(Settings(data_dir=tmp_path, secret="s" * 32)) == "s" * 32  # type: ignore[arg-type]


def test_processes_that_start_at_once_share_one_secret(tmp_path: Path) -> None:
    found: list[str] = []
    together = threading.Barrier(8)

    def start() -> None:
        together.wait()
        found.append(cookie_secret(Settings(data_dir=tmp_path)))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(found[0]) >= 32


def test_a_secret_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "cookie-secret").mkdir()
    with pytest.raises(BadSetting, match="SANGDAM_SECRET"):
        cookie_secret(Settings(data_dir=tmp_path))
