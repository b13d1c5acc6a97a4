"""Citizens' pictures from elsewhere: fetched while the provider waits for its answer, and on after that.

The log never lacks one without a word: what is not here when the provider must be answered is announced in it.
"""

import asyncio
import logging
from typing import ClassVar, Final

import httpx

from chat_gateway.channels import words
from chat_gateway.channels.images import fetched
from chat_gateway.channels.port import ChannelPort, Inbound, client_id
from chat_gateway.log import ChatLog
from chat_gateway.photos import Photos
from contracts.chat import CITIZEN, Body, Photo, Said
from contracts.errors import SangdamError, Unavailable

log = logging.getLogger(__name__)

MAX_FETCHES: Final = 32
"""At once in this process; further ones are asked of the provider again."""

MAX_IMAGES: Final = 10
"""Of one message."""

_TRIES_S: Final = (0.5, 2.0, 8.0)
_STOP_S: Final = 3.0


class PicturesIn:
    """Fetches.

    Args:
        client: for the provider's hosts.
        chat_log: of all conversations.
        photos: keeps them.
    """

    PARTS_BEGIN: ClassVar = (0, 100, 200)
    """Of client ids: what is said; its pictures; what is said of pictures that are still coming."""

    def __init__(self, client: httpx.AsyncClient, chat_log: ChatLog, photos: Photos) -> None:
        self._client = client
        self._log = chat_log
        self._photos = photos
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, port: ChannelPort, contact_id: str, message: Inbound, until_s: float) -> None:
        """The message's pictures are in the log on return, or it says there that they are coming.

        `until_s`: by the event loop's clock; the provider wants its answer then.
        """
        tasks: list[asyncio.Task[None]] = []
        for number, url in enumerate(message.images[:MAX_IMAGES]):
            if len(self._tasks) >= MAX_FETCHES:
                break
            identity = client_id(port.name, message.provider_id, self.PARTS_BEGIN[1] + number)
            task = asyncio.create_task(self._one(port, contact_id, url, identity))
            tasks.append(task)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        missing = len(message.images) - len(tasks)
        if tasks:
            left_s = max(0.0, until_s - asyncio.get_running_loop().time())
            _, late = await asyncio.wait(tasks, timeout=left_s)
            missing += len(late)
        if missing:
            text = words.photo_coming() if len(tasks) == len(message.images) else words.photo_lost()
            identity = client_id(port.name, message.provider_id, self.PARTS_BEGIN[2])
            await self._log.submit(contact_id, CITIZEN, Said(text=text), identity)

    async def close(self) -> None:
        """Finish what is being fetched, within a limit."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_STOP_S)
        for task in tuple(self._tasks):
            task.cancel()

    async def _one(self, port: ChannelPort, contact_id: str, url: str, identity: str) -> None:
        body: Body = Said(text=words.photo_lost())
        for wait_s in (*_TRIES_S, None):
            try:
                kept = await fetched(self._client, url, port.image_hosts, self._photos, contact_id)
                body = Photo(photo_id=kept.photo_id)
            except Unavailable as error:
                if wait_s is not None:
                    await asyncio.sleep(wait_s)
                    continue
                log.warning("%s: picture lost: %s", port.name, error)
            except SangdamError as error:
                log.warning("%s: picture refused: %s", port.name, error)
            break
        await self._write(contact_id, body, identity)

    async def _write(self, contact_id: str, body: Body, identity: str) -> None:
        for wait_s in (*_TRIES_S, None):
            try:
                await self._log.submit(contact_id, CITIZEN, body, identity)
            except Unavailable as error:
                if wait_s is None:
                    log.warning("picture of %s not written: %s", contact_id, error)
                    return
                await asyncio.sleep(wait_s)
            except SangdamError as error:
                log.warning("picture of %s not written: %s", contact_id, error)
                return
            else:
                return
