"""A centre in the middle of its day: the real console on a store filled with contacts, alerts and the usual.

`board_site` is a module's; `BoardSite` may be made by a test that breaks things.
"""

import random
import uuid
import zoneinfo
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bus.events import publish_events
from contracts.categories import load_categories
from contracts.clock import wall_ms
from contracts.contact import ContactState, ContactStateChanged
from contracts.districts import load_districts
from contracts.voc import (
    About,
    AlertChanged,
    Effect,
    Finding,
    HourPoint,
    PhraseCount,
    PlaceCount,
    Quote,
    TopicCount,
)
from contracts.voc_http import Learning
from store import voc_alerts, voc_contacts, voc_notes
from store.tables import AccessRow
from store.upsert import insert_into
from store.voc_board import HOUR_MS, scope
from store.voc_tables import VocUsualRow
from tests.browser.conftest import Visit
from tests.browser.scripted import BOSS, PASSWORD, ScriptedConsole

ZONE: Final = zoneinfo.ZoneInfo("Asia/Seoul")
CATEGORIES: Final = load_categories()
DISTRICTS: Final = load_districts()
LABELS: Final = {one.code: one.label for one in CATEGORIES}
WATER: Final = "3020"
MAPO: Final = "마포구"
OUTBREAK: Final = 60
"""Contacts about water in 마포구."""
HOURS: Final = 26
_PER_HOUR: Final = 60.0
"""Contacts of a usual hour of the day."""


class BoardSite(ScriptedConsole):
    """The console with a site's districts and topics, and what a supervisor sees."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, categories=CATEGORIES, districts=DISTRICTS)

    def count(self, *abouts: About) -> None:
        """Put down what contacts are about, as voc does."""
        self.write(lambda session: voc_contacts.put(session, abouts, zone=ZONE))

    def find(self, finding: Finding, series: Sequence[HourPoint] = (), effect: Effect | None = None) -> None:
        """Raise or renew an alert, and say so on the bus, as voc does."""
        self.write(lambda session: voc_alerts.put_finding(session, finding, series, effect))
        changed = AlertChanged(
            contact_id=finding.alert_id,
            at_ms=wall_ms(),
            lane=finding.lane,
            severity=finding.severity,
            state="new",
            is_new=finding.revision == 1,
        )
        self.do(publish_events(self._bus, [changed]))

    def learn(self, weeks: float, per_hour: float = _PER_HOUR) -> None:
        """What is usual: each topic and district has its share of every hour."""
        shares = {scope(None, None): 1.0}
        shares |= {scope(topic, None): part for topic, part in topic_shares().items()}
        shares |= {scope(None, one.name): 0.6 / len(DISTRICTS) for one in DISTRICTS}

        async def keep(session: AsyncSession) -> None:
            for name, part in shares.items():
                week = tuple(round(per_hour * part * shape(hour % 24), 2) for hour in range(168))
                row = {"scope": name, "made_at_ms": wall_ms(), "weeks": weeks, "week": week}
                await session.execute(
                    insert_into(session, VocUsualRow)
                    .values(row)
                    .on_conflict_do_update(index_elements=["scope"], set_=row)
                )
            since_ms = wall_ms() - round(weeks * 7 * 24) * HOUR_MS
            told = Learning(weeks=weeks, weeks_needed=3.0, since_ms=since_ms)
            await voc_notes.put_learning(session, told, wall_ms())
            await voc_notes.put(session, voc_notes.STEPPED, "", wall_ms())

        self.write(keep)

    def accesses(self, contact_id: str) -> list[str]:
        """Who opened it, in order."""
        query = select(AccessRow.staff_id).where(AccessRow.contact_id == contact_id).order_by(AccessRow.id)

        async def look(session: AsyncSession) -> list[str]:
            return list(await session.scalars(query))

        return self.write(look)


def shape(hour: int) -> float:
    """How busy an hour of the day is beside the mean."""
    return 0.25 if hour < 7 else 0.7 if hour < 9 or hour > 19 else 1.7


def topic_shares() -> dict[str, float]:
    """Some topics are asked for far more than others."""
    weights = {one.code: 1.0 / (1 + at % 17) for at, one in enumerate(CATEGORIES)}
    return {code: weight / sum(weights.values()) for code, weight in weights.items()}


def about(at_ms: int, topic: str, district: str, **more: object) -> About:
    """A simulated contact, unless told otherwise."""
    fields = {"contact_id": str(uuid.uuid4()), "simulated": True, "label": LABELS.get(topic, "")} | more
    return About.model_validate({"at_ms": at_ms, "topic": topic, "district": district, **fields})


def a_day(now_ms: int, seed: int = 7) -> list[About]:
    """Contacts of the last day, and in 마포구 an outbreak of the last 90 minutes about water."""
    draw = random.Random(seed)
    topics, weights = zip(*topic_shares().items(), strict=True)
    names = [one.name for one in DISTRICTS]
    found = []
    for hour in range(now_ms // HOUR_MS - HOURS, now_ms // HOUR_MS + 1):
        busy = shape((hour + 9) % 24) * _PER_HOUR
        for _ in range(round(busy * draw.uniform(0.85, 1.15))):
            at_ms = hour * HOUR_MS + draw.randrange(HOUR_MS)
            if at_ms > now_ms:
                continue
            district = draw.choice(names) if draw.random() < 0.6 else ""
            complaint = ("왜 이렇게 안 되나요",) if draw.random() < 0.12 else ()
            found.append(about(at_ms, draw.choices(topics, weights)[0], district, complaint=complaint))
    for _ in range(OUTBREAK):
        at_ms = now_ms - draw.randrange(90 * 60_000)
        phrases = ("수돗물", "단수", "물이 안", "합정동")
        found.append(
            about(
                at_ms,
                WATER,
                MAPO,
                place="합정동",
                phrases=phrases,
                complaint=("물이 안 나와요",),
                danger="outage",
            )
        )
    return found


def outbreak(now_ms: int, **more: object) -> Finding:
    """What the detector says of it."""
    fields = {
        "alert_id": str(uuid.uuid4()),
        "revision": 1,
        "kind": "rise",
        "lane": "usual",
        "severity": "warning",
        "title": f"{MAPO} · 누수·단수·수질",
        "raised_at_ms": now_ms - 40 * 60_000,
        "first_ms": now_ms - 90 * 60_000,
        "last_ms": now_ms,
        "window_ms": 3 * HOUR_MS,
        "seen": OUTBREAK,
        "expected": 2.4,
        "p_value": 1e-9,
        "contacts": OUTBREAK,
        "topics": (TopicCount(topic=WATER, label=LABELS[WATER], contacts=OUTBREAK),),
        "districts": (PlaceCount(district=MAPO, contacts=OUTBREAK),),
        "phrases": (
            PhraseCount(phrase="단수", contacts=41),
            PhraseCount(phrase="합정동", contacts=27, is_new=True),
        ),
        "complaints": 20,
        "department": "서울아리수본부",
        "quotes": (
            Quote(contact_id=str(uuid.uuid4()), text="아침부터 물이 안 나와요", at_ms=now_ms - 3_000_000),
        ),
        "simulated": True,
    }
    return Finding.model_validate(fields | more)


def gas(now_ms: int) -> Finding:
    return outbreak(
        now_ms,
        lane="safety",
        severity="severe",
        title="강서구 · 가스",
        window_ms=HOUR_MS,
        seen=6,
        expected=0.2,
        contacts=6,
        first_ms=now_ms - 50 * 60_000,
        topics=(TopicCount(topic="8020", label="안전·긴급 > 재난·시설 위험", contacts=6),),
        districts=(PlaceCount(district="강서구", contacts=6),),
        phrases=(PhraseCount(phrase="가스 냄새", contacts=6),),
        danger="gas",
        department="소방재난본부",
        quotes=(),
    )


def new_words(now_ms: int) -> Finding:
    return outbreak(
        now_ms,
        kind="new_phrase",
        severity="watch",
        title="처음 나온 말 '한강 드론쇼'",
        window_ms=6 * HOUR_MS,
        seen=5,
        expected=0.0,
        contacts=5,
        first_ms=now_ms - 5 * HOUR_MS,
        topics=(TopicCount(topic="", label="", contacts=5),),
        districts=(PlaceCount(district="영등포구", contacts=4),),
        phrases=(PhraseCount(phrase="한강 드론쇼", contacts=5, is_new=True),),
        department="문화본부",
        quotes=(),
    )


def live(
    now_ms: int,
    state: ContactState,
    ago_s: int,
    *,
    kind: str = "call",
    agent: str | None = "kim",
    title: str = "",
) -> ContactStateChanged:
    """A contact that began so long ago."""
    return ContactStateChanged.model_validate(
        {
            "contact_id": str(uuid.uuid4()),
            "at_ms": now_ms,
            "revision": 1,
            "kind": kind,
            "state": state,
            "agent_id": None if state == "ringing" else agent,
            "title": title
            or (f"010-****-{1000 + ago_s % 9000}" if kind == "call" else f"채팅 · 시민{ago_s % 97}"),
            "source": "replay" if kind == "call" else "web",
            "roles": {0: "caller", 1: "agent"},
            "started_at_ms": now_ms - ago_s * 1000,
            "simulated": True,
        }
    )


def a_moment(now_ms: int) -> list[ContactStateChanged]:
    """Who is in the centre now: 3 callers and 2 chats wait, 21 calls and 6 chats go on."""
    talking = [live(now_ms, "held" if at % 9 == 0 else "talking", 40 + 31 * at) for at in range(1, 22)]
    chats = [live(now_ms, "talking", 75 + 120 * at, kind="chat") for at in range(6)]
    waiting = [live(now_ms, "ringing", 5 + 40 * at) for at in range(3)]
    queue = [live(now_ms, "ringing", 12 + 80 * at, kind="chat") for at in range(2)]
    return [*talking, *chats, *waiting, *queue]


def fill(site: BoardSite, now_ms: int) -> list[ContactStateChanged]:
    """A day of contacts, the usual, three alerts, and who is live."""
    site.count(*a_day(now_ms))
    site.learn(weeks=4.0)
    for finding in (outbreak(now_ms), gas(now_ms), new_words(now_ms)):
        site.find(finding)
    now = a_moment(now_ms)
    site.tell(*now)
    topics = [one.code for one in CATEGORIES]
    known = [
        about(
            one.started_at_ms,
            topics[at % 7],
            DISTRICTS[at % 25].name,
            contact_id=one.contact_id,
            kind=one.kind,
        )
        for at, one in enumerate(now)
        if one.state != "ringing"
    ]
    site.count(*known)
    return now


@pytest.fixture(scope="module")
def board_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoardSite]:
    site = BoardSite(tmp_path_factory.mktemp("board"))
    site.start()
    try:
        fill(site, wall_ms())
        yield site
    finally:
        site.close()


@pytest.fixture
def boss(board_site: BoardSite, visit: Callable[..., Visit]) -> Callable[..., Page]:
    """A page on which the supervisor is signed in: `boss("/#/board", viewport=…)`."""

    def go(place: str = "/#/board", **options: object) -> Page:
        return signed_in(visit(board_site.url, **options), place)

    return go


def signed_in(visit: Visit, place: str, login: str = BOSS) -> Page:
    page = visit.open(place)
    page.get_by_label("아이디").fill(login)
    page.get_by_label("비밀번호").fill(PASSWORD)
    page.get_by_role("button", name="로그인").click()
    expect(page.get_by_label("아이디")).to_have_count(0)
    page.mouse.move(1, 1)  # what is pointed at stands still
    return page
