"""Puts questions that no guide answered into gaps, now and then.

Every assist process runs one; `store.questions.take_turn` sees to it that they come to the same gaps: a batch is
decided on what the worker remembers, and written only if nobody else wrote since. Whoever is second reads what
the first has written and decides anew. The gap of a question has an id made of the question's, so that even the
first gap of all is the same whoever opens it.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

from assist.gaps import KEPT, MAX_GAPS, Described, Gaps, Vector
from bus.outage import AWAY, Outage
from contracts.clock import Clock, wall_ms
from store import questions
from store.database import Database
from store.questions import Gap, Question

log = logging.getLogger(__name__)

EVERY_S: Final = 60.0
BATCH: Final = 50
"""Questions at once, which take half a second of a processor."""

LOOK_AGAIN: Final = 50
"""Questions at once that are looked for in newer guides."""

ANSWERED_SCORE: Final = 0.55
"""A guide of this score answers a question: the score from which it would be shown."""

MEMORY_DAYS: Final = 90
"""What was asked before is in gaps that nothing joins any more."""

REMEMBERED: Final = 20_000
"""Questions whose analysis is kept: what another process has written is read again, not analysed again. Of a
fourth of them the vectors are kept."""

_PAUSE_S: Final = 1.0
"""Between full batches: whoever asks for a guide comes first."""

_ENCODED: Final = 2
"""Newest questions of a gap that are encoded anew after a restart."""

_DAY_MS: Final = 86_400_000

_NOTHING: Final = -1
"""No turn there is."""

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts → vectors of unit length. Blocks."""


class Guides(Protocol):
    """The guides as they are indexed now. Both may be called from any thread; `best_score` blocks."""

    def version(self) -> int: ...

    def best_score(self, query: str) -> float: ...


@dataclass(slots=True)
class GapCounts:
    """What operators want to know."""

    placed: int = 0
    opened: int = 0
    merged: int = 0
    answered: int = 0
    """Questions that a newer guide answers."""
    lost_turns: int = 0
    """Batches that another process wrote first."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """What was read to decide on."""

    turn: int
    new: list[Question]
    unsettled: list[Question]
    """In gaps already, but last looked for in older guides."""
    known: dict[str, list[Question]] | None
    """Gap → its questions; None: what is remembered is as of this turn."""
    apart: set[str]

    @property
    def is_full(self) -> bool:
        return len(self.new) == BATCH or len(self.unsettled) == LOOK_AGAIN


@dataclass(slots=True)
class _Decided:
    """What is to be written of a batch."""

    gap_of: dict[str, str] = field(default_factory=dict)
    """Question → gap."""
    opened_at: dict[str, int] = field(default_factory=dict)
    """New gap → when its first question was asked (wall time, ms)."""
    merged: list[tuple[str, str]] = field(default_factory=list)
    """Newer and older gap, in the order in which they were merged."""
    looked_at: dict[str, bool] = field(default_factory=dict)
    """Question → whether the guides answer it by now."""
    described: dict[str, Described] = field(default_factory=dict)

    def merge(self, newer: str, older: str) -> None:
        self.merged.append((newer, older))
        self.gap_of = {question: older if gap == newer else gap for question, gap in self.gap_of.items()}


class GapWorker:
    """One worker. Any number may run beside each other.

    Args:
        analyse: content morphemes of a text; blocks, and may be called from any thread.
        guides: to see which questions newer guides answer; None: only staff close gaps.
        encode: a dense encoder; None: words alone tell which questions are alike.
        every_s: how often new questions are looked for.
    """

    def __init__(
        self,
        database: Database,
        analyse: Callable[[str], Sequence[str]],
        *,
        guides: Guides | None = None,
        encode: Encode | None = None,
        clock: Clock = wall_ms,
        every_s: float = EVERY_S,
    ) -> None:
        self.counts = GapCounts()
        self._database = database
        self._analyse = lru_cache(maxsize=REMEMBERED)(lambda text: tuple(analyse(text)))
        self._guides = guides
        self._encode = encode
        self._encoded: OrderedDict[str, Vector] = OrderedDict()
        self._clock = clock
        self._every_s = every_s
        self._gaps = Gaps(analyse)
        self._turn = _NOTHING

    async def run(self) -> None:
        """Work until cancelled."""
        outage = Outage("assist, gaps")
        while True:
            try:
                has_more = await self.work()
            except AWAY as error:
                await outage.wait(error)
                continue
            except Exception:
                # A fault here must not end the service that shows guides to agents.
                log.exception("assist: questions without a guide wait for %g s", self._every_s)
                self._turn = _NOTHING
                has_more = False
            outage.over()
            await asyncio.sleep(_PAUSE_S if has_more else self._every_s)

    async def work(self) -> bool:
        """One batch. Whether there is more to do.

        Raises:
            Unavailable: the database is away; nothing was written.
        """
        version = self._guides.version() if self._guides else 0
        batch = await self._read(version)
        if not batch.new and not batch.unsettled:
            return False
        self._turn = _NOTHING  # until it is known what was written
        decided = await asyncio.to_thread(self._decide, batch, version)
        async with self._database.session() as session:
            is_mine = await questions.take_turn(session, batch.turn)
            as_decided = is_mine and await _write(session, decided, version)
        if as_decided and not any(decided.looked_at.values()):
            self._turn = batch.turn + 1
        if is_mine:
            self._count(decided)
        else:
            self.counts.lost_turns += 1
        # Where another process was first, it is at it, and goes on with what is left.
        return is_mine and batch.is_full

    async def _read(self, version: int) -> _Batch:
        since_ms = self._clock() - MEMORY_DAYS * _DAY_MS
        async with self._database.session() as session:
            # First: whatever is read after it and written meanwhile costs the turn.
            turn = await questions.turn(session)
            new = await questions.new(session, BATCH)
            unsettled: list[Question] = []
            if self._guides:
                unsettled = await questions.unsettled(session, version, since_ms, LOOK_AGAIN)
            known = None
            if (new or unsettled) and turn != self._turn:
                known = await questions.examples(session, since_ms, MAX_GAPS, KEPT)
            return _Batch(turn, new, unsettled, known, await questions.touched(session))

    def _decide(self, batch: _Batch, version: int) -> _Decided:
        """Blocks: the batch's questions are analysed one by one."""
        if batch.known is not None:
            self._remember(batch.known)
        self._gaps.keep_apart(batch.apart)
        decided = _Decided()
        for question in (*batch.unsettled, *batch.new):
            if question.guides_version < version:
                decided.looked_at[question.utterance_id] = self._is_answered(question)
        waiting = [question for question in batch.new if not decided.looked_at.get(question.utterance_id)]
        for question, vector in zip(waiting, self._vectors([one.query for one in waiting]), strict=True):
            placed = self._gaps.add(question.utterance_id, question.query, vector)
            decided.gap_of[question.utterance_id] = placed.gap_id
            if placed.is_new:
                decided.opened_at[placed.gap_id] = question.at_ms
            for other in placed.merged:
                decided.merge(other, placed.gap_id)
        changed = {gap_id for gap_id in decided.gap_of.values() if gap_id in self._gaps}
        decided.described = {gap_id: self._gaps.describe(gap_id) for gap_id in sorted(changed)}
        return decided

    def _remember(self, known: dict[str, list[Question]]) -> None:
        self._gaps = Gaps(self._analyse)
        newest = [one.query for asked in known.values() for one in asked[-_ENCODED:]]
        vectors = dict(zip(newest, self._vectors(newest), strict=True))
        for gap_id, asked in known.items():
            self._gaps.restore(gap_id, [(one.query, vectors.get(one.query)) for one in asked])

    def _vectors(self, texts: Sequence[str]) -> Sequence[Vector | None]:
        if self._encode is None:
            return [None] * len(texts)
        new = [text for text in dict.fromkeys(texts) if text not in self._encoded]
        for start in range(0, len(new), BATCH):
            some = new[start : start + BATCH]
            self._encoded |= zip(some, self._encode(some), strict=True)
        vectors = [self._encoded[text] for text in texts]
        while len(self._encoded) > REMEMBERED // 4:
            self._encoded.popitem(last=False)
        return vectors

    def _is_answered(self, question: Question) -> bool:
        """By a guide that was not there, or not so, when the question was asked."""
        assert self._guides is not None, "without guides nothing is older than they are"
        score = self._guides.best_score(question.query)
        return score >= ANSWERED_SCORE and score > question.best_score

    def _count(self, decided: _Decided) -> None:
        self.counts.placed += len(decided.gap_of)
        self.counts.opened += len(decided.opened_at)
        self.counts.merged += len(decided.merged)
        self.counts.answered += sum(decided.looked_at.values())


async def _write(session: AsyncSession, decided: _Decided, version: int) -> bool:
    """Whether all could be written as it was decided."""
    gaps = [
        Gap(gap_id, described.title, described.words, decided.opened_at.get(gap_id, 0))
        for gap_id, described in decided.described.items()
    ]
    await questions.put_gaps(session, gaps)
    await questions.assign(session, decided.gap_of)
    merged = [await questions.merge(session, newer, older) for newer, older in decided.merged]
    await questions.settle(session, decided.looked_at, version)
    return all(merged)
