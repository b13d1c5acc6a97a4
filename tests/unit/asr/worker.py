"""A process with one recogniser on a bus: `python -m tests.unit.asr.worker URL`. Its ear and mouth are simulated."""

import asyncio
import signal
import sys
from contextlib import suppress

from asr.service import AsrService
from bus.open import open_bus
from tests.unit.asr.conftest import Ear, Mouth


async def main(url: str) -> None:
    """Work until SIGTERM."""
    bus = await open_bus(url)
    service = AsrService(bus, Mouth(), Ear())
    task = asyncio.create_task(service.run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    ready = asyncio.create_task(service.ready.wait())
    await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
    print("ready", flush=True)
    with suppress(asyncio.CancelledError):
        await task
    await bus.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
