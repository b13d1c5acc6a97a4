"""Guides from a file that somebody uploads. How files are read is not the console's to know: it is handed a reader."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final, Protocol

from starlette.requests import Request
from starlette.types import Message

from console import access
from console.guard import TooLarge
from console.reach import answering
from contracts.clock import Clock
from contracts.errors import BadRequest, Overloaded, Unavailable
from contracts.guides import GuideImport
from contracts.panel import Staff
from store import articles, bulk, versions
from store.articles import StoredArticle
from store.database import Database

MAX_FILE_BYTES: Final = 20 << 20
MAX_TOLD: Final = 100
"""Refusals that are told one by one."""

MAX_FOR_REVIEW: Final = 500
"""Changed articles of one file that somebody could review."""

_ENVELOPE_BYTES: Final = 64 * 1024
"""Of a multipart body around its file."""

_UPLOAD_S: Final = 60.0
_IMPORT_S: Final = 120.0
_WRITE_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class ReadGuides:
    """What a file held."""

    accepted: Sequence[StoredArticle]
    refused: Sequence[str]
    """One Korean sentence a row, with its place."""
    undated: frozenset[str] = frozenset()
    """Ids whose `revised` is only the day of the import."""


class ArticleReader(Protocol):
    """Reads a file of guides. Blocks; called on a thread of its own, one file at a time."""

    def __call__(self, data: bytes, file_name: str) -> ReadGuides:
        """The good rows, and a sentence for each bad one.

        Raises:
            BadArticle: the file is of no kind that can be read.
        """
        ...


class GuideImporter:
    """An admin's file is published as it is. What anybody else brings waits for a review, as what they write does."""

    def __init__(self, database: Database, read: ArticleReader | None, *, clock: Clock) -> None:
        self._database = database
        self._read = read
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()

    async def take(self, staff: Staff, request: Request) -> GuideImport:
        """Read the request's file and take what is good of it.

        Raises:
            NotAllowed: agents bring no guides.
            Overloaded: another file is being read.
            Unavailable: this installation reads no files, or the database is away: what came before that is kept,
                and the same file again brings the rest.
            BadRequest, BadArticle: there is no file, it is too large, or of no kind that can be read.
        """
        access.check_writes_guides(staff)
        if self._read is None:
            raise Unavailable(
                "이 서버에서는 파일로 안내를 가져올 수 없습니다. 관리자가 'sangdam articles import'로 넣을 수 있습니다.",
                "this server reads no files of guides. An administrator can use 'sangdam articles import'.",
            )
        if self._one_at_a_time.locked():
            raise Overloaded(
                "다른 파일을 가져오는 중입니다. 끝난 뒤 다시 올려 주십시오.",
                "another file is being imported. Upload yours when that is done.",
            )
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(_UPLOAD_S):
                    name, data = await _file_of(request)
            except TimeoutError:
                raise BadRequest(
                    f"파일이 {_UPLOAD_S:g}초 안에 다 오지 않았습니다. 연결을 확인하고 다시 올려 주십시오.",
                    f"the file did not arrive within {_UPLOAD_S:g} s. Check the connection and upload it again.",
                ) from None
            read = await asyncio.to_thread(self._read, data, name)
            refused = list(read.refused)
            if access.publishes_own(staff):
                changed = await self._publish(read)
            else:
                changed = await self._send_to_review(staff, name, read, refused)
        return GuideImport(
            accepted=len(read.accepted),
            changed=changed,
            refused=tuple(refused[:MAX_TOLD]),
            refused_count=len(refused),
        )

    async def _publish(self, read: ReadGuides) -> int:
        try:
            async with asyncio.timeout(_IMPORT_S):
                return await bulk.import_all(
                    self._database, read.accepted, self._clock(), undated=read.undated
                )
        except TimeoutError:
            raise Overloaded(
                f"{_IMPORT_S:g}초 안에 다 넣지 못했습니다. 넣은 글은 남아 있으니 같은 파일을 다시 올리십시오.",
                f"not done within {_IMPORT_S:g} s. What is in stays: upload the same file again.",
            ) from None

    async def _send_to_review(self, staff: Staff, name: str, read: ReadGuides, refused: list[str]) -> int:
        async with answering(self._database, _WRITE_S) as session:
            known = await articles.by_ids(session, [article.article_id for article in read.accepted])
        changed = [new for new in read.accepted if not _same(new, known.get(new.article_id), read.undated)]
        if len(changed) > MAX_FOR_REVIEW:
            raise BadRequest(
                f"바뀐 글이 {len(changed)}개입니다. 검토할 글은 한 번에 {MAX_FOR_REVIEW}개까지 올릴 수 있으니 "
                "파일을 나누거나 관리자에게 부탁하십시오.",
                f"{len(changed)} articles changed; at most {MAX_FOR_REVIEW} at once can go to review. Cut the file, "
                "or ask an administrator.",
            )
        return sum([await self._propose(staff, name, article, refused) for article in changed])

    async def _propose(self, staff: Staff, name: str, article: StoredArticle, refused: list[str]) -> bool:
        """Open a version under review; whoever works on the article already is not disturbed."""
        text, at_ms = versions.text_of(article), self._clock()
        async with answering(self._database, _WRITE_S) as session:
            if await versions.open_of(session, article.article_id):
                refused.append(f"{article.article_id}: 고치고 있는 판이 있어 넣지 않았습니다")
                return False
            saved = await versions.save(
                session, article.article_id, text, edit=0, author=staff.staff_id, at_ms=at_ms, note=name
            )
            await versions.move(
                session,
                article.article_id,
                "review",
                edit=saved.edit,
                staff_id=staff.staff_id,
                may_publish_own=False,
                at_ms=at_ms,
                note=name,
            )
        return True


def _same(new: StoredArticle, now: StoredArticle | None, undated: Collection[str]) -> bool:
    """Where the file says no date of revision, the one that is known is meant."""
    if now is None:
        return False
    text = versions.text_of(new)
    if new.article_id in undated:
        text = text.model_copy(update={"revised": now.revised.isoformat()})
    return text == versions.text_of(now)


async def _file_of(request: Request) -> tuple[str, bytes]:
    """Name and bytes of the multipart field `file`."""
    async with Request(request.scope, _Bounded(request).receive).form(max_files=1, max_fields=4) as form:
        file = form.get("file")
        if file is None or isinstance(file, str):
            raise BadRequest(
                "올린 파일이 없습니다. .csv, .jsonl, .md, .html 파일을 고르십시오.",
                "no file was sent. Choose a .csv, .jsonl, .md or .html file.",
            )
        return PurePath((file.filename or "").replace("\\", "/")).name[:200], await file.read()


class _Bounded:
    """The body of a request, up to a limit: what is declared is not believed, bytes are counted."""

    def __init__(self, request: Request) -> None:
        self._receive = request.receive
        self._left = MAX_FILE_BYTES + _ENVELOPE_BYTES

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise TooLarge(
                f"파일이 너무 큽니다(최대 {MAX_FILE_BYTES >> 20} MiB). 나누어 올려 주십시오.",
                f"the file is too large (at most {MAX_FILE_BYTES >> 20} MiB). Cut it.",
            )
        return message
