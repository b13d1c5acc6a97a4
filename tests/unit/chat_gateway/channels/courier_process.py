"""A gateway in a process of its own, to be killed: `python -m … FOLDER PROVIDER`."""

import asyncio
import subprocess
import sys
from pathlib import Path

from tests.unit.chat_gateway.channels.provider import Elsewhere, site

ROOT = Path(__file__).parents[4]


def started(folder: Path, url: str) -> "subprocess.Popen[bytes]":
    """Running, and sending what is behind."""
    return subprocess.Popen([sys.executable, "-m", __spec__.name, str(folder), url], cwd=ROOT)


async def main(folder: str, url: str) -> None:
    async with site(Path(folder), Elsewhere(url), offset_ms=10_000):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
