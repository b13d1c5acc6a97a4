"""Photos come in bounded, are encoded anew in a thread, and lie sealed in the database."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from chat_gateway.pictures import BadPhoto, Picture, picture_of
from contracts.chat_http import PhotoKept
from contracts.clock import Clock, wall_ms
from contracts.errors import NotFound, Overloaded
from privacy.vault import Vault
from store import chat_photos
from store.chat_photos import StoredPhoto
from store.database import Database

MAX_BYTES: Final = 8 << 20
MAX_UPLOADS: Final = 16
"""At once, in memory: 128 MiB at most."""

MAX_OF_CHAT: Final = 50
UPLOAD_S: Final = 180.0
"""A whole upload: 8 MiB at 400 kbit/s."""

CHUNK_S: Final = 20.0
"""Nothing came for so long: the line is gone."""

_DECODERS: Final = 2
_DECODE_S: Final = 30.0
"""Waiting for a thread included."""


class TooLarge(BadPhoto):
    code = "too-large"
    http_status = 413


class Photos:
    """The photos of all conversations."""

    def __init__(self, database: Database, vault: Vault, clock: Clock = wall_ms) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._uploads = 0
        self._threads = ThreadPoolExecutor(_DECODERS, thread_name_prefix="photo")

    async def keep(self, contact_id: str, declared: int | None, body: AsyncIterator[bytes]) -> PhotoKept:
        """Read, encode anew, seal and store.

        Args:
            contact_id: of the conversation; the photo is shown in no other.
            declared: Content-Length, None when there is none.
            body: the file in pieces.

        Raises:
            TooLarge: more than `MAX_BYTES`.
            BadPhoto: no usable picture, or the upload stalled.
            Overloaded: too many are being uploaded or decoded.
        """
        if declared is not None and declared > MAX_BYTES:
            raise _too_large()
        if self._uploads >= MAX_UPLOADS:
            raise _busy()
        self._uploads += 1
        try:
            await self._check_room(contact_id)
            file = await _read(body)
            picture, sealed = await self._encoded(file, contact_id)
        finally:
            self._uploads -= 1
        photo = StoredPhoto(
            secrets.token_urlsafe(18), contact_id, picture.width, picture.height, len(picture.jpeg)
        )
        async with self._database.session() as session:
            await chat_photos.add(session, photo, self._clock(), sealed)
        return PhotoKept(
            photo_id=photo.photo_id, width=photo.width, height=photo.height, size_bytes=photo.size_bytes
        )

    async def contact_of(self, photo_id: str) -> str:
        """The conversation to which the photo belongs.

        Raises:
            NotFound: there is no such photo.
        """
        async with self._database.session() as session:
            found = await chat_photos.facts(session, photo_id)
        if found is None:
            raise no_such_photo()
        return found.contact_id

    async def jpeg(self, photo_id: str, contact_id: str) -> bytes:
        """The photo of this conversation.

        Raises:
            NotFound: there is no such photo in it.
        """
        async with self._database.session() as session:
            found = await chat_photos.facts(session, photo_id)
            sealed = await chat_photos.sealed(session, photo_id) if found else None
        if found is None or sealed is None or found.contact_id != contact_id:
            raise no_such_photo()
        return await asyncio.to_thread(self._vault.open, sealed, contact_id)

    async def _check_room(self, contact_id: str) -> None:
        async with self._database.session() as session:
            count = await chat_photos.count_of(session, contact_id)
        if count >= MAX_OF_CHAT:
            raise BadPhoto(
                f"한 상담에 사진은 {MAX_OF_CHAT}장까지 보낼 수 있습니다.",
                f"one chat takes at most {MAX_OF_CHAT} photos.",
            )

    async def _encoded(self, file: bytes, contact_id: str) -> tuple[Picture, bytes]:
        def work() -> tuple[Picture, bytes]:
            picture = picture_of(file)
            return picture, self._vault.seal(picture.jpeg, contact_id)

        try:
            async with asyncio.timeout(_DECODE_S):
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except TimeoutError:
            raise _busy() from None


async def _read(body: AsyncIterator[bytes]) -> bytes:
    file = bytearray()
    pieces = aiter(body)
    try:
        async with asyncio.timeout(UPLOAD_S):
            while True:
                async with asyncio.timeout(CHUNK_S):
                    piece = await anext(pieces, None)
                if piece is None:
                    return bytes(file)
                file += piece
                if len(file) > MAX_BYTES:
                    raise _too_large()
    except TimeoutError:
        raise BadPhoto(
            "사진이 다 오지 않았습니다. 연결을 확인하고 다시 보내 주십시오.",
            "the photo did not arrive in time. Check the connection and send it again.",
        ) from None


def no_such_photo() -> NotFound:
    """Said of a photo that does not exist and of one of another conversation alike."""
    return NotFound("이 사진이 없습니다.", "there is no such photo.")


def _too_large() -> TooLarge:
    most = MAX_BYTES >> 20
    return TooLarge(
        f"사진이 너무 큽니다(최대 {most} MB). 줄이거나 화면을 캡처해 보내 주십시오.",
        f"the photo is too large (at most {most} MB). Make it smaller, or send a screenshot of it.",
    )


def _busy() -> Overloaded:
    return Overloaded(
        "지금 사진을 받는 일이 밀려 있습니다. 잠시 뒤 다시 보내 주십시오.",
        "too many photos are being received. Send it again in a moment.",
    )
