"""The real console over a real bus and database, in a thread, and the events of a scripted call."""

import asyncio
import datetime as dt
import threading
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bus.base import Bus
from bus.events import publish_events
from bus.open import open_bus
from console.passwords import Passwords
from console.server import Console, create_app
from contracts.audio import AudioFrame
from contracts.clock import wall_ms
from contracts.contact import ContactStateChanged
from contracts.event import Event, Language
from contracts.panel import StaffRole
from contracts.suggestion import NothingFound, Outcome, Snippet, SuggestionOffered, suggestion_id
from contracts.summary import SummaryCategory, SummaryDrafted, SummaryEdited, SummaryLine
from contracts.transcript import (
    LanguageDetected,
    RecognitionChanged,
    RecognitionMode,
    Sound,
    SoundHeard,
    Utterance,
    Word,
    utterance_id,
)
from store import articles, staff, suggestions, summaries
from store import measures as stored_measures
from store.articles import StoredArticle
from store.database import Database
from store.measures import Measure
from store.staff import StoredStaff
from store.tables import MeasureRow

LOGIN, PASSWORD = "kim", "맞는 비밀번호 12"
BOSS = "boss"
_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_START_S = 20

T = TypeVar("T")


class ScriptedConsole:
    """Runs until `stop`; `start` after it brings a new process-like life on the same files and port."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self._folder = folder
        self._options = options
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._port = 0
        self._bus: Bus
        self._database: Database
        self._console: Console
        self._web: uvicorn.Server
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        self.do(self._start())

    def stop(self) -> None:
        self.do(self._stop())

    def close(self) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_START_S)

    def tell(self, *events: Event) -> None:
        self.do(publish_events(self._bus, events))

    def hear(self, *frames: AudioFrame) -> None:
        """Put sound on the bus, of one contact."""
        self.do(
            self._bus.publish_many("call.audio", [(frame.contact_id, frame.encode()) for frame in frames])
        )

    def measured(self, *measures: Measure) -> None:
        """Put measures of saved summaries into the store."""

        async def keep() -> None:
            async with self._database.session() as session:
                for one in measures:
                    await stored_measures.record(session, one)

        self.do(keep())

    def measures(self) -> list[MeasureRow]:
        """What the store holds of what agents made of drafts."""

        async def look() -> list[MeasureRow]:
            async with self._database.session() as session:
                return list(await session.scalars(select(MeasureRow)))

        return self.do(look())

    def edited(self, contact_id: str) -> SummaryEdited | None:
        """What the store holds of the agent's summary."""

        async def look() -> SummaryEdited | None:
            async with self._database.session() as session:
                return (await summaries.of_contact(session, contact_id))[1]

        return self.do(look())

    def outcomes(self, contact_id: str) -> list[list[Outcome]]:
        """What the store holds of each card's outcomes."""

        async def look() -> list[list[Outcome]]:
            async with self._database.session() as session:
                cards, _ = await suggestions.of_contact(session, contact_id)
                return [list(card.outcomes) for card in cards]

        return self.do(look())

    def hire(self, login: str, name: str, role: StaffRole) -> None:
        """Another account; the password is that of all."""

        async def add() -> None:
            async with self._database.session() as session:
                await staff.add(session, StoredStaff(login, name, role, _HASHER.hash(PASSWORD)))

        self.do(add())

    def write(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """One transaction in the store."""

        async def run() -> T:
            async with self._database.session() as session:
                return await work(session)

        return self.do(run())

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_START_S)

    async def _start(self) -> None:
        self._database = await Database.open(f"sqlite+aiosqlite:///{self._folder / 'console.db'}")
        self._bus = await open_bus(f"embedded://{self._folder / 'bus.db'}")
        async with self._database.session() as session:
            if not await staff.all(session):
                await staff.add(session, StoredStaff(LOGIN, "김상담", "agent", _HASHER.hash(PASSWORD)))
                await staff.add(session, StoredStaff(BOSS, "박팀장", "supervisor", _HASHER.hash(PASSWORD)))
                await articles.upsert_many(session, [ARTICLE])
        self._console = Console(
            self._bus,
            self._database,
            secret="a secret of this test",
            passwords=Passwords(_HASHER),
            **self._options,
        )
        self._web = uvicorn.Server(
            uvicorn.Config(
                create_app(self._console),
                port=self._port,
                log_level="warning",
                lifespan="off",
                ws="websockets-sansio",
                timeout_graceful_shutdown=2,
            )
        )
        self._tasks = [
            asyncio.create_task(self._web._serve()),
            asyncio.create_task(self._console.run()),
        ]
        async with asyncio.timeout(_START_S):
            while not self._web.started:
                await asyncio.sleep(0.01)
        self._port = self._web.servers[0].sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        if not self._tasks:
            return
        self._web.should_exit = True
        await self._tasks[0]
        self._tasks[1].cancel()
        with suppress(asyncio.CancelledError):
            await self._tasks[1]
        self._tasks = []
        await self._bus.close()
        await self._database.close()


ARTICLE = StoredArticle(
    article_id="guide-1",
    title="여권 재발급 안내",
    body="# 여권 재발급\n\n구청 민원여권과에서 **신청**합니다.\n\n- 사진 1장\n- 신분증\n",
    category="여권",
    department="민원여권과",
    district="",
    agency="",
    keywords=("여권", "재발급"),
    revised=dt.date(2026, 3, 2),
    checked=None,
    source="",
    sample=True,
)


class Call:
    """Makes the events of one call."""

    def __init__(self, title: str = "010-****-1234") -> None:
        self.contact_id = str(uuid.uuid4())
        self.title = title
        self.started_at_ms = wall_ms()
        self.revision = 0

    def state(self, state: str = "talking", **more: Any) -> ContactStateChanged:
        self.revision += 1
        fields = {"roles": {0: "caller", 1: "agent"}, "simulated": True, "agent_id": LOGIN} | more
        return ContactStateChanged(
            contact_id=self.contact_id,
            at_ms=wall_ms(),
            revision=self.revision,
            state=state,  # type: ignore[arg-type]  # tests name the states by hand
            title=self.title,
            source="replay",
            started_at_ms=self.started_at_ms,
            **fields,
        )

    def said(
        self, second: int, text: str, *, channel: int = 0, revision: int = 1, final: bool = True, **more: Any
    ) -> Utterance:
        return Utterance(
            contact_id=self.contact_id,
            at_ms=wall_ms(),
            utterance_id=self.utterance(second, channel),
            revision=revision,
            status="final" if final else "partial",
            channel=channel,
            role="unknown",
            start_ms=second * 1000,
            end_ms=second * 1000 + 900,
            text=text,
            heard_ms=wall_ms(),
            **more,
        )

    def utterance(self, second: int, channel: int = 0) -> str:
        return utterance_id(self.contact_id, channel, second * 8000)

    def sound(self, what: Sound, start_ms: int, end_ms: int | None = None, channel: int = 0) -> SoundHeard:
        return SoundHeard(
            contact_id=self.contact_id,
            at_ms=wall_ms(),
            sound_id=f"{self.contact_id}/{channel}/{start_ms * 8}/{what}",
            sound=what,
            channel=channel,
            start_ms=start_ms,
            end_ms=end_ms,
        )

    def recognition(self, mode: RecognitionMode, second: int = 0) -> RecognitionChanged:
        at_ms = self.started_at_ms + second * 1000
        return RecognitionChanged(contact_id=self.contact_id, at_ms=at_ms, mode=mode, revision=at_ms)

    def detected(self, language: Language, probability: float = 0.9) -> LanguageDetected:
        return LanguageDetected(
            contact_id=self.contact_id, at_ms=wall_ms(), language=language, probability=probability
        )

    def guide(
        self, number: int, *, revision: int = 1, text: str = "구청에서 신청합니다.", **more: Any
    ) -> Event:
        fields = {"department": "민원여권과", "revised": dt.date(2026, 3, 2), "sample": True} | more
        snippet = Snippet(
            article_id=f"guide-{number}", title=f"안내 {number}번", text=text, score=0.8, **fields
        )
        return SuggestionOffered(
            contact_id=self.contact_id,
            at_ms=wall_ms(),
            suggestion_id=suggestion_id(self.contact_id, f"guide-{number}"),
            revision=revision,
            utterance_id=self.utterance(1),
            query="여권",
            reason="'여권'을 말씀하셨습니다",
            snippet=snippet,
            final_at_ms=wall_ms(),
        )

    def nothing(self) -> NothingFound:
        return NothingFound(
            contact_id=self.contact_id,
            at_ms=wall_ms(),
            utterance_id=self.utterance(1),
            query="달나라",
            best_score=0.1,
        )

    def draft(self, inquiry: str, *, revision: int = 1, evidence: str = "", complete: bool = False) -> Event:
        proof = (evidence or self.utterance(1),)
        return SummaryDrafted(
            contact_id=self.contact_id,
            at_ms=wall_ms(),
            revision=revision,
            engine="extractive",
            label="핵심 발화",
            lines=(
                SummaryLine(field="inquiry", text=inquiry, evidence=proof),
                SummaryLine(field="handling", text="구청 방문 안내", evidence=proof),
            ),
            category=SummaryCategory(label="여권", confidence=0.8, evidence=proof),
            complete=complete,
        )


def words(*told: str | tuple[str, tuple[str, ...]]) -> tuple[Word, ...]:
    """Plain words, and suspect ones as (word, names that sound like it)."""
    return tuple(
        Word(text=one, start_ms=0, end_ms=1, probability=0.9)
        if isinstance(one, str)
        else Word(text=one[0], start_ms=0, end_ms=1, probability=0.2, suspect=True, nearest=one[1])
        for one in told
    )
