"""What is the site's own: its folder, its ports, the secret of its cookies, its database."""

import os
import secrets
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import samples
from contracts.errors import BadSetting
from sangdam.settings import Settings, revealed
from store.database import Database

SAMPLES: Final = Path(samples.__file__).parent
SAMPLE_CALLS: Final = SAMPLES / "calls"
SAMPLE_GUIDES: Final = SAMPLES / "guides"


def listen(host: str, port: int, option: str = "--port", variable: str = "SANGDAM_PORT") -> socket.socket:
    """Take the port before anything is loaded, so that a port in use is known at once.

    Args:
        host: address or name.
        port: 0 for any free one.
        option: of the command line, for the error's sentence.
        variable: the same in the environment.

    Raises:
        BadSetting: the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(512)
    except OSError as error:
        listening.close()
        raise BadSetting(
            f"{host}:{port}을(를) 열 수 없습니다({error.strerror}). 다른 프로그램이 쓰고 있으면 '{option}'나 {variable}로 바꾸십시오.",
            f"cannot listen on {host}:{port} ({error.strerror}); if another program has it, choose another with {option}.",
        ) from None
    listening.setblocking(False)
    return listening


def address_of(listening: socket.socket) -> str:
    """Where the socket is reached, as part of a URL."""
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def make_folder(folder: Path) -> None:
    """Create the data folder, for its owner alone.

    Raises:
        BadSetting: it cannot be created or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(13, "not writable")
    except OSError as error:
        raise BadSetting(
            f"데이터 폴더 {folder}을(를) 쓸 수 없습니다({error.strerror}). SANGDAM_DATA_DIR로 다른 폴더를 정하십시오.",
            f"cannot use the data folder {folder} ({error.strerror}); choose another with SANGDAM_DATA_DIR.",
        ) from None


def cookie_secret(options: Settings) -> str:
    """The given secret of the cookies, or this site's own.

    Raises:
        BadSetting: it cannot be written or read.
    """
    return revealed(options.secret) or _own(
        options.data_dir / "cookie-secret", "쿠키 비밀 값", "SANGDAM_SECRET"
    )


def vault_key(options: Settings) -> str:
    """The given key of the vault, or this site's own. Raises as `cookie_secret`."""
    return revealed(options.vault_key) or _own(
        options.data_dir / "vault-key", "봉인 열쇠", "SANGDAM_VAULT_KEY"
    )


def _own(path: Path, what: str, variable: str) -> str:
    """Made at the first start, for its owner's eyes alone."""
    try:
        if not path.exists():
            with tempfile.NamedTemporaryFile("w", dir=path.parent) as file:
                file.write(secrets.token_urlsafe(48))
                file.flush()
                # Whole or not at all, and the first of two processes wins: half a secret could be guessed.
                with suppress(FileExistsError):
                    os.link(file.name, path)
        return path.read_text()
    except OSError as error:
        raise BadSetting(
            f"{what} {path}을(를) 쓸 수 없습니다({error.strerror}). 폴더와 디스크를 확인하거나 {variable}을(를) 정하십시오.",
            f"cannot use the secret {path} ({error.strerror}); check folder and disk, or set {variable}.",
        ) from None


async def open_database(options: Settings) -> Database:
    """The site's database.

    Raises:
        BadSetting, Unavailable: it cannot be used, or not now.
    """
    return await Database.open(options.database_url, password=revealed(options.database_password))


@asynccontextmanager
async def site_database(options: Settings) -> AsyncIterator[Database]:
    """The same for the length of a command."""
    make_folder(options.data_dir)
    database = await open_database(options)
    try:
        yield database
    finally:
        await database.close()
