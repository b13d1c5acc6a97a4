"""One transaction of the log: many commands on many conversations, each decided on what the ones before it left."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from chat_gateway.conversation import decide, emptied, head_after, seqs_about
from chat_gateway.decisions import Written, first_words
from chat_gateway.rules import Rules
from contracts.chat import (
    SYSTEM,
    Assigned,
    Body,
    ChatEntry,
    ChatHead,
    Edited,
    Offered,
    Opened,
    Party,
    Photo,
    Receipts,
    Solved,
    Transferred,
    Withdrawn,
)
from contracts.errors import Conflict, NotFound, SangdamError
from privacy.vault import Vault
from store import chats, staff
from store.chats import Key, SealedEntry, StoredChat


@dataclass(eq=False, slots=True)
class Job:
    """A command that waits for its transaction."""

    contact_id: str
    who: Party
    body: Body
    done: asyncio.Future[ChatEntry]
    client_id: str = ""
    if_seq: int | None = None
    """Only where this is still the last entry."""
    begins: StoredChat | None = None
    """A new conversation: its head before the first entry."""


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry that is in the log, and the head after it."""

    head: ChatHead
    entry: ChatEntry
    sealed: bytes
    is_swept: bool = False
    """Written by a gateway that is gone: this one's pages have not heard of it yet."""

    @property
    def key(self) -> Key:
        return self.entry.contact_id, self.entry.seq


@dataclass(slots=True)
class Outcome:
    """What a transaction did; true once it is committed."""

    logged: list[Logged] = field(default_factory=list)
    answers: list[tuple[Job, ChatEntry | SangdamError]] = field(default_factory=list)
    receipts: dict[str, Receipts] = field(default_factory=dict)
    """Those that rose."""
    duplicates: int = 0


NOTHING: Final = Receipts()


async def write(  # noqa: PLR0917  all that goes into one transaction
    session: AsyncSession,
    vault: Vault,
    rules: Rules,
    now_ms: int,
    jobs: Sequence[Job],
    receipts: Mapping[str, Receipts],
    published: Collection[Key],
) -> Outcome:
    """All of it in the session's transaction, which the caller commits.

    Args:
        session: nothing was done in it yet.
        vault: seals what is written.
        rules: of the site.
        now_ms: wall time.
        jobs: in the order in which they came. One that is refused changes nothing for the others.
        receipts: what sides have got and read, by contact.
        published: entries that are on the bus.
    """
    await chats.begin_writing(session)
    known = {job.contact_id for job in jobs if job.begins is None} | set(receipts)
    batch = _Batch(session, vault, rules, now_ms, await chats.lock(session, known) if known else {})
    pairs = [(job.contact_id, job.client_id) for job in jobs if job.client_id and job.begins is None]
    for pair, sealed in (await chats.by_client_ids(session, pairs)).items():
        batch.known[pair] = opened(vault, sealed)
    for job in jobs:
        await batch.take(job)
    for contact_id, raised in receipts.items():
        batch.raise_receipts(contact_id, raised)
    await batch.flush()
    if published:
        await chats.mark_published(session, published)
    return batch.outcome


class _Batch:
    """The conversations of a transaction as they become."""

    def __init__(
        self,
        session: AsyncSession,
        vault: Vault,
        rules: Rules,
        now_ms: int,
        locked: Mapping[str, StoredChat],
    ) -> None:
        self._session = session
        self._vault = vault
        self._rules = rules
        self._now_ms = now_ms
        self._locked = locked
        self._chats = dict(locked)
        self._new: set[str] = set()
        self._changed: set[str] = set()
        self._fresh: dict[Key, ChatEntry] = {}
        self._rows: list[SealedEntry] = []
        self._emptied: dict[str, dict[int, bytes]] = {}
        self.known: dict[tuple[str, str], ChatEntry] = {}
        self.outcome = Outcome()

    async def take(self, job: Job) -> None:
        try:
            answer: ChatEntry | SangdamError = await self._entry(job)
        except SangdamError as error:
            answer = error
        self.outcome.answers.append((job, answer))

    async def _entry(self, job: Job) -> ChatEntry:
        """The entry of this command, new or known."""
        if job.begins is not None:
            return self._begin(job, job.begins)
        chat = self._chats.get(job.contact_id)
        if chat is None:
            raise no_such_chat(job.contact_id)
        if job.client_id and (known := self.known.get((job.contact_id, job.client_id))):
            return self._again(job, known)
        if job.if_seq is not None and chat.head.last_seq != job.if_seq:
            raise Conflict(
                "그 사이 상담에 새 내용이 있습니다.",
                f"the chat is at {chat.head.last_seq}, not {job.if_seq}.",
            )
        said = await self._said(job)
        body = await self._completed(job)
        written = decide(chat.head, job.who, body, self._now_ms, self._rules, said)
        if not written:
            return await self._last(chat.head)
        written = await self._named(written)
        if isinstance(body, Withdrawn):
            await self._empty(job.contact_id, said, body.of_seq)
        return self._append(job, written)

    def _begin(self, job: Job, chat: StoredChat) -> ChatEntry:
        self._chats[job.contact_id] = chat
        self._new.add(job.contact_id)
        return self._append(job, ((job.who, job.body), (SYSTEM, first_words(self._rules, self._now_ms))))

    def _again(self, job: Job, known: ChatEntry) -> ChatEntry:
        author = known.author
        if (author.side, author.staff_id) != (job.who.side, job.who.staff_id):
            raise Conflict("이미 쓰인 메시지 번호입니다.", "somebody else's message has this client id.")
        self.outcome.duplicates += 1
        return known

    def _append(self, job: Job, written: Written) -> ChatEntry:
        first: ChatEntry | None = None
        for who, body in written:
            entry = self._append_one(job.contact_id, who, body, "" if first else job.client_id)
            first = first or entry
        assert first is not None, "nothing to write is said before"
        if job.client_id:
            self.known[job.contact_id, job.client_id] = first
        return first

    def _append_one(self, contact_id: str, who: Party, body: Body, client_id: str) -> ChatEntry:
        chat = self._chats[contact_id]
        entry = ChatEntry(
            contact_id=contact_id,
            seq=chat.head.last_seq + 1,
            at_ms=max(self._now_ms, chat.touched_at_ms),  # gateways' clocks differ a little
            author=who,
            client_id=client_id,
            body=body,
        )
        head = head_after(chat.head, entry)
        answered_at_ms = chat.answered_at_ms
        if answered_at_ms is None and head.state == "serving":
            answered_at_ms = entry.at_ms
        self._chats[contact_id] = StoredChat(head, chat.receipts, chat.person_id, entry.at_ms, answered_at_ms)
        sealed = seal(self._vault, entry)
        self._changed.add(contact_id)
        self._fresh[contact_id, entry.seq] = entry
        self._rows.append(
            SealedEntry(contact_id, entry.seq, client_id, entry.at_ms, who.side, body.kind, sealed)
        )
        self.outcome.logged.append(Logged(head, entry, sealed))
        return entry

    # -- what commands need to know ------------------------------------------------------------------------

    async def _said(self, job: Job) -> dict[int, ChatEntry]:
        """What an edit or a withdrawal is about; with the latter also its edits."""
        body = job.body
        if not isinstance(body, Edited | Withdrawn):
            return {}
        said: dict[int, ChatEntry] = {}
        if found := await self._find(job.contact_id, body.of_seq):
            said[found.seq] = found
        if isinstance(body, Withdrawn):
            for entry in await self._of_kind(job.contact_id, "edited"):
                said[entry.seq] = entry
        return said

    async def _find(self, contact_id: str, seq: int) -> ChatEntry | None:
        if fresh := self._fresh.get((contact_id, seq)):
            is_empty = seq in self._emptied.get(contact_id, ())
            return emptied(fresh) if is_empty else fresh
        row = await chats.entry(self._session, contact_id, seq)
        return opened(self._vault, row) if row else None

    async def _last(self, head: ChatHead) -> ChatEntry:
        """Stands for a command after which all is as it was."""
        found = await self._find(head.contact_id, head.last_seq)
        assert found is not None, "the head counts what is there"
        return found

    async def _of_kind(self, contact_id: str, kind: str) -> list[ChatEntry]:
        rows = await chats.of_kind(self._session, contact_id, kind)
        fresh = [
            entry for (of, _), entry in self._fresh.items() if of == contact_id and entry.body.kind == kind
        ]
        return [*(opened(self._vault, row) for row in rows), *fresh]

    async def _completed(self, job: Job) -> Body:
        """The body with what only we know of it."""
        match job.body:
            case Photo(photo_id=photo_id):
                facts = await chats.photo(self._session, job.contact_id, photo_id)
                if facts is None:
                    raise NotFound(
                        "올린 사진을 찾을 수 없습니다. 다시 올려 주십시오.", "no such photo. Upload it again."
                    )
                own = {"width": facts.width, "height": facts.height, "size_bytes": facts.size_bytes}
                return job.body.model_copy(update=own)
            case Solved(article_id=article_id):
                return job.body.model_copy(update={"topic": await self._topic(job.contact_id, article_id)})
            case _:
                return job.body

    async def _topic(self, contact_id: str, article_id: str) -> str:
        for entry in await self._of_kind(contact_id, "offered"):
            for guide in entry.body.guides if isinstance(entry.body, Offered) else ():
                if guide.article_id == article_id:
                    return guide.category
        return ""

    async def _named(self, written: Written) -> Written:
        """Colleagues to whom a conversation is passed on, by name."""
        if not isinstance(written[0][1], Transferred):
            return written
        return tuple([(who, await self._with_name(body)) for who, body in written])

    async def _with_name(self, body: Body) -> Body:
        if not isinstance(body, Assigned) or body.agent.name:
            return body
        account = await staff.get(self._session, body.agent.staff_id)
        if account is None or account.disabled:
            raise NotFound("그 상담사를 찾을 수 없습니다.", f"no account '{body.agent.staff_id[:40]}'.")
        return body.model_copy(update={"agent": body.agent.model_copy(update={"name": account.name})})

    async def _empty(self, contact_id: str, said: Mapping[int, ChatEntry], of_seq: int) -> None:
        for seq in seqs_about(said, of_seq):
            entry = said[seq]
            self._emptied.setdefault(contact_id, {})[seq] = seal(self._vault, emptied(entry))
            if isinstance(entry.body, Photo):
                await chats.remove_photo(self._session, contact_id, entry.body.photo_id)

    # -- into the tables -----------------------------------------------------------------------------------

    def raise_receipts(self, contact_id: str, raised: Receipts) -> None:
        """Never further than the last entry, and never back."""
        chat = self._chats.get(contact_id)
        if chat is None:
            return
        receipts = higher(chat.receipts, raised, most=chat.head.last_seq)
        if receipts != chat.receipts:
            self._chats[contact_id] = replace(chat, receipts=receipts)
            self._changed.add(contact_id)
            self.outcome.receipts[contact_id] = receipts

    async def flush(self) -> None:
        if new := [self._chats[contact_id] for contact_id in sorted(self._new)]:
            await chats.add(self._session, new)
        changed = sorted(self._changed - self._new)
        if both := [(self._locked[contact_id], self._chats[contact_id]) for contact_id in changed]:
            await chats.put_changed(self._session, both)
        if self._rows:
            await chats.append(self._session, self._rows)
        for contact_id, sealed in self._emptied.items():
            await chats.replace(self._session, contact_id, sealed)


def higher(one: Receipts, other: Receipts, *, most: int | None = None) -> Receipts:
    """The maxima; what is read has arrived."""

    def of(a: int, b: int) -> int:
        return max(a, b if most is None else min(b, most))

    citizen_read = of(one.citizen_read, other.citizen_read)
    staff_read = of(one.staff_read, other.staff_read)
    return Receipts(
        citizen_delivered=max(citizen_read, of(one.citizen_delivered, other.citizen_delivered)),
        citizen_read=citizen_read,
        staff_delivered=max(staff_read, of(one.staff_delivered, other.staff_delivered)),
        staff_read=staff_read,
    )


def seal(vault: Vault, entry: ChatEntry) -> bytes:
    return vault.seal(entry.model_dump_json().encode(), entry.contact_id)


def opened(vault: Vault, sealed: SealedEntry) -> ChatEntry:
    """Raises: BadSetting, sealed under another key."""
    return ChatEntry.model_validate_json(vault.open(sealed.sealed, sealed.contact_id))


def beginning(
    contact_id: str, epoch: str, person_id: str, opened: Opened, nickname: str
) -> tuple[StoredChat, Party]:
    """A conversation before its first entry, and who opens it."""
    head = ChatHead(contact_id=contact_id, epoch=epoch, channel=opened.channel)
    return StoredChat(head, NOTHING, person_id, 0), Party(side="citizen", name=nickname)


def no_such_chat(contact_id: str) -> NotFound:
    """Said of a chat that does not exist, and of one that is not theirs."""
    return NotFound(
        f"상담 '{contact_id[:36]}'이(가) 없거나 담당 상담이 아닙니다.",
        f"chat '{contact_id[:36]}' does not exist or is not yours.",
    )
