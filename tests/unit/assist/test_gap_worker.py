"""Workers over a real SQLite database."""

import asyncio

import numpy as np
import pytest
from sqlalchemy import select

from assist import gap_worker
from assist.gap_worker import GapWorker
from assist.gaps import gap_id_of
from contracts.errors import Unreachable
from contracts.suggestion import NothingFound
from store import gaps, questions, suggestions
from store.database import Database
from store.tables import GapRow, QuestionRow

DAY_MS = 86_400_000
NOW_MS = 1_800_000_000_000


class Guides:
    """Guides that answer what holds one of these words; each new word is a new version."""

    def __init__(self, *known):
        self.known = list(known)

    def version(self):
        return len(self.known)

    def best_score(self, query):
        return 0.9 if any(word in query for word in self.known) else 0.1


@pytest.fixture
async def database(tmp_path):
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'gaps.db'}")
    yield database
    await database.close()


@pytest.fixture
def worker(database, analyse):
    def make(**options):
        return GapWorker(database, analyse, clock=lambda: NOW_MS, **options)

    return make


async def ask(database, *texts, first=0):
    """Questions of one contact each, an hour apart."""
    async with database.session() as session:
        await suggestions.set_all_nothing(
            session,
            [
                NothingFound(
                    contact_id=f"00000000-0000-4000-8000-{first + number:012d}",
                    at_ms=NOW_MS - DAY_MS + (first + number) * 1000,
                    utterance_id=f"u{first + number}",
                    query=text,
                    best_score=0.2,
                )
                for number, text in enumerate(texts)
            ],
        )


async def found(database):
    """Gap → texts of its questions, oldest first."""
    async with database.session() as session:
        rows = await session.execute(
            select(QuestionRow.gap_id, QuestionRow.query).order_by(QuestionRow.at_ms)
        )
        gaps_of = {}
        for gap_id, text in rows:
            gaps_of.setdefault(gap_id, []).append(text)
    return gaps_of


async def status(database, gap_id):
    async with database.session() as session:
        return await session.scalar(select(GapRow.status).where(GapRow.gap_id == gap_id))


async def test_questions_are_put_into_gaps_with_title_and_words(database, worker):
    await ask(database, "벌집 제거 신고", "텃밭 분양", "벌집 제거 부탁", "말벌집 벌집 제거")
    assert await worker().work() is False
    bees, garden = gap_id_of("u0"), gap_id_of("u1")
    assert await found(database) == {
        bees: ["벌집 제거 신고", "벌집 제거 부탁", "말벌집 벌집 제거"],
        garden: ["텃밭 분양"],
    }
    async with database.session() as session:
        first, second = await gaps.most_asked(session, "open", 0, 0)
    assert (first.gap_id, first.contacts, set(first.words[:2])) == (bees, 3, {"벌집", "제거"})
    assert "벌집 제거" in first.title
    assert second.gap_id == garden


async def test_a_question_later_joins_and_so_after_a_restart(database, worker):
    running = worker()
    await ask(database, "벌집 제거")
    await running.work()
    await ask(database, "벌집 제거 부탁", first=1)
    await running.work()
    await ask(database, "말벌 벌집 제거", first=2)
    await worker().work()
    assert list(await found(database)) == [gap_id_of("u0")]


async def test_what_many_workers_do_at_once_is_what_one_would_do(database, worker):
    await ask(database, *["벌집 제거", "드론 비행 허가", "텃밭 분양"] * 40)
    workers = [worker() for _ in range(4)]
    async with asyncio.timeout(60):
        while questions.NEW in await found(database):
            await asyncio.gather(*(one.work() for one in workers))
    assert {gap: len(texts) for gap, texts in (await found(database)).items()} == {
        gap_id_of(f"u{number}"): 40 for number in range(3)
    }
    counts = [one.counts for one in workers]
    assert sum(one.placed for one in counts) == 120  # each question once
    assert sum(one.lost_turns for one in counts) > 0  # they did meet


async def test_a_batch_is_bounded(database, worker, monkeypatch):
    monkeypatch.setattr(gap_worker, "BATCH", 10)
    await ask(database, *["벌집 제거"] * 25)
    one = worker()
    assert [await one.work() for _ in range(4)] == [True, True, False, False]
    assert one.counts.placed == 25


async def test_questions_leave_when_a_guide_answers_them(database, worker):
    guides = Guides()
    one = worker(guides=guides)
    await ask(database, "벌집 제거", "벌집 신고 벌집", "벌집 제거 비용", "텃밭 분양")
    await one.work()
    async with database.session() as session:
        await gaps.draft(session, gap_id_of("u0"), "guide-bees")
    assert await one.work() is False
    guides.known.append("제거")
    await one.work()
    left = await found(database)
    assert left[questions.ANSWERED] == ["벌집 제거", "벌집 제거 비용"]
    assert left[gap_id_of("u0")] == ["벌집 신고 벌집"]
    assert await status(database, gap_id_of("u0")) == "drafted"
    guides.known.append("벌집")
    await one.work()
    assert gap_id_of("u0") not in await found(database)
    assert await status(database, gap_id_of("u0")) is None  # closed by itself
    assert await status(database, gap_id_of("u3")) == "open"
    # Answered while it was on its way: it opens nothing.
    await ask(database, "벌집 제거", first=4)
    await one.work()
    assert len((await found(database))[questions.ANSWERED]) == 4
    assert one.counts.answered == 4


async def test_what_was_dismissed_stays_so_and_takes_what_is_asked_like_it(database, worker):
    guides = Guides()
    one = worker(guides=guides)
    await ask(database, "점심 메뉴 추천", "벌집 제거")
    await one.work()
    async with database.session() as session:
        assert await gaps.set_status(session, gap_id_of("u0"), "dismissed")
    guides.known.append("메뉴")
    await one.work()
    guides.known.clear()
    await ask(database, "점심 메뉴 추천 부탁", first=2)
    await one.work()
    assert (await found(database))[gap_id_of("u0")] == ["점심 메뉴 추천", "점심 메뉴 추천 부탁"]
    assert await status(database, gap_id_of("u0")) == "dismissed"


async def test_gaps_are_merged_into_the_older_one_unless_staff_did_something_with_them(
    database, worker, monkeypatch
):
    monkeypatch.setattr(gap_worker, "Gaps", lambda analyse: _Gaps(analyse, join=0.3, merge=0.3))
    one = worker()
    await ask(database, "길고양이 중성화", "고양이 수술", "여권 사진")
    await one.work()
    async with database.session() as session:
        await gaps.set_status(session, gap_id_of("u1"), "dismissed")
    await ask(database, *["고양이 수술 길고양이 중성화"] * 6, first=3)
    await one.work()
    assert {gap_id_of("u0"), gap_id_of("u1")} <= set(await found(database))
    async with database.session() as session:
        await gaps.set_status(session, gap_id_of("u1"), "open")
    await ask(database, "고양이 수술 길고양이 중성화", first=9)
    await one.work()
    assert {gap: len(texts) for gap, texts in (await found(database)).items()} == {
        gap_id_of("u0"): 9,
        gap_id_of("u2"): 1,
    }
    assert await status(database, gap_id_of("u1")) is None


async def test_with_an_encoder_meaning_counts_and_each_question_is_encoded_once(database, worker):
    encoded = []

    def encode(texts):
        """A stand-in that knows two subjects."""
        encoded.extend(texts)
        return np.eye(2, dtype=np.float32)[[int("벌" not in text) for text in texts]]

    one, other = worker(encode=encode), worker(encode=encode)
    await ask(database, "벌집 제거", "드론")
    await one.work()
    await ask(database, "말벌이 왔어", first=2)
    await other.work()  # after another process
    await ask(database, "벌떼", first=3)
    await one.work()  # and the first again
    assert await found(database) == {
        gap_id_of("u0"): ["벌집 제거", "말벌이 왔어", "벌떼"],
        gap_id_of("u1"): ["드론"],
    }
    assert len(encoded) == 4 + 3  # by each worker once, but for what the other did not need


async def test_a_fault_and_a_database_that_is_away_are_waited_out(database, worker, analyse):
    failures = [ValueError("of the analyser"), Unreachable("답이 없습니다.", "no answer.")]

    def breaks(text):
        if failures:
            raise failures.pop(0)
        return analyse(text)

    one = GapWorker(database, breaks, clock=lambda: NOW_MS, every_s=0.01)
    await ask(database, "벌집 제거")
    running = asyncio.create_task(one.run())
    async with asyncio.timeout(10):
        while gap_id_of("u0") not in await found(database):
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not failures
    assert running.cancelled()


def _Gaps(analyse, **options):  # noqa: N802
    from assist.gaps import Gaps

    return Gaps(analyse, **options)
