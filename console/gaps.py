"""What editors do with gaps: look at them, dismiss them, make a draft that is to fill one."""

import datetime as dt
import hashlib
import zoneinfo
from typing import Final

from console import access
from console.reach import answering
from console.shelf import QUESTIONS, new_article_id
from contracts.clock import Clock
from contracts.errors import BadRequest, Conflict, NotFound
from contracts.guides import Gap, GapMove, GapQuestion, GapStatus, GuideText, GuideVersion
from contracts.panel import Staff
from store import gaps, versions
from store.database import Database
from store.gaps import AskedQuestion, StoredGap

MAX_DAYS: Final = 365
CHART_DAYS: Final = 30

_TITLE_CHARS: Final = 300
_DAY_MS: Final = 86_400_000
_EPOCH: Final = dt.date(1970, 1, 1)


class Gaps:
    """Every act says who acts. Raises NotAllowed for those who do not write guides, NotFound for a gap that is
    not there (any more), Unavailable when the database is away and nothing was kept.
    """

    def __init__(self, database: Database, *, clock: Clock, zone: zoneinfo.ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone

    async def most_asked(self, staff: Staff, status: GapStatus, days: int) -> list[Gap]:
        """Gaps of that status that were asked for within the last days; those of most contacts first."""
        access.check_writes_guides(staff)
        since_ms = self._since_ms(days)
        async with answering(self._database) as session:
            found = await gaps.most_asked(session, status, since_ms, self._offset_ms())
        return [self._gap(gap, staff) for gap in found]

    async def move(self, staff: Staff, gap_id: str, wanted: GapMove) -> Gap:
        """Dismiss a gap, or open it again."""
        access.check_writes_guides(staff)
        if wanted.status == "drafted":
            raise BadRequest(
                "초안은 '초안 만들기'로 만듭니다.", "a gap becomes drafted by making a draft of it."
            )
        async with answering(self._database) as session:
            if not await gaps.set_status(session, gap_id, wanted.status):
                raise _no_such_gap(gap_id)
            gap = await gaps.get(session, gap_id, self._since_ms(MAX_DAYS), self._offset_ms())
        if gap is None:
            raise _no_such_gap(gap_id)
        return self._gap(gap, staff)

    async def draft(self, staff: Staff, gap_id: str) -> GuideVersion:
        """A draft article with what was asked in it; where somebody made one already, theirs.

        Raises:
            Conflict: its article is there and nothing of it is open.
        """
        access.check_writes_guides(staff)
        async with answering(self._database) as session:
            gap = await gaps.get(session, gap_id, self._since_ms(MAX_DAYS), self._offset_ms())
            if gap is None:
                raise _no_such_gap(gap_id)
            article_id = new_article_id()
            if not await gaps.draft(session, gap_id, article_id):
                taken = await gaps.article_of(session, gap_id)
                made = await versions.open_of(session, taken)
                if made is None:
                    raise Conflict(
                        "이 질문들의 글이 이미 있습니다. 그 글을 열어 고치십시오.",
                        f"these questions have their article already: '{taken}'. Open that one.",
                    )
                return made
            return await versions.save(
                session,
                article_id,
                _text_for(gap),
                edit=0,
                author=staff.staff_id,
                at_ms=self._clock(),
                gap_id=gap_id,
            )

    def _gap(self, gap: StoredGap, staff: Staff) -> Gap:
        today = (dt.datetime.fromtimestamp(self._clock() / 1000, self._zone).date() - _EPOCH).days
        return Gap(
            gap_id=gap.gap_id,
            title=gap.title,
            words=gap.words,
            status=gap.status,
            article_id=gap.article_id,
            count=gap.count,
            contacts=gap.contacts,
            first_at_ms=gap.first_at_ms,
            last_at_ms=gap.last_at_ms,
            days=tuple(gap.by_day.get(day, 0) for day in range(today - CHART_DAYS + 1, today + 1)),
            questions=tuple(_question(question, staff) for question in gap.questions),
        )

    def _since_ms(self, days: int) -> int:
        return self._clock() - min(max(days, 1), MAX_DAYS) * _DAY_MS

    def _offset_ms(self) -> int:
        offset = dt.datetime.fromtimestamp(self._clock() / 1000, self._zone).utcoffset() or dt.timedelta()
        return int(offset.total_seconds() * 1000)


def _question(question: AskedQuestion, staff: Staff) -> GapQuestion:
    if access.may_open_of(staff, question.agent_id):
        utterance_id, contact_id = question.utterance_id, question.contact_id
    else:  # the id begins with the contact's
        utterance_id, contact_id = hashlib.sha256(question.utterance_id.encode()).hexdigest()[:16], ""
    return GapQuestion(
        utterance_id=utterance_id,
        contact_id=contact_id,
        at_ms=question.at_ms,
        text=question.text,
        best_score=question.best_score,
    )


def _text_for(gap: StoredGap) -> GuideText:
    """A draft to begin with; the questions come after what the editor will write."""
    asked = dict.fromkeys(" ".join(question.text.split()) for question in gap.questions)
    lines = "\n".join(f"- {question}" for question in asked)
    return GuideText(
        title=gap.title[:_TITLE_CHARS],
        body=f"\n\n{QUESTIONS}\n\n편집자를 위한 부분입니다. 게시하기 전에 지우십시오.\n\n{lines}\n",
        keywords=gap.words,
    )


def _no_such_gap(gap_id: str) -> NotFound:
    return NotFound(
        f"'{gap_id[:80]}' 질문 묶음이 없습니다. 이미 답이 생겼을 수 있으니 목록을 새로 고치십시오.",
        f"there is no gap '{gap_id[:80]}'. It may have been filled: reload the list.",
    )
