"""Notices put down in a real database and sent to a real mail server and a real HTTP server."""

import asyncio
import email
import email.policy
import json
import socket
from collections.abc import AsyncIterator, Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from contracts.clock import wall_ms
from contracts.errors import BadSetting, Unavailable
from contracts.voc import AlertHead, Finding, Quote
from sangdam.settings import Settings
from sangdam.voc_notices import site_courier, site_notices
from store import voc_deliveries
from store.database import Database
from store.voc_deliveries import Delivery
from tests.unit.voc.alerting.test_webhook import KEY
from tests.unit.voc.alerting.test_webhook import site as site  # noqa: PLC0414  a fixture
from voc.alerting.courier import FIRST_WAIT_MS, GIVE_UP_MS, LAST_WAIT_MS, LEASE_MS, Courier, wait_ms
from voc.alerting.notices import Notices
from voc.alerting.webhook import is_signed
from voc.rules import Rules

NOW = 1_800_000_000_000
ALERT = "00000000-0000-0000-0000-000000000001"


def finding(**changes: Any) -> Finding:
    values: dict[str, Any] = {
        "alert_id": ALERT,
        "revision": 1,
        "kind": "rise",
        "lane": "usual",
        "severity": "watch",
        "title": "마포구 · 단수",
        "raised_at_ms": NOW,
        "first_ms": NOW - 3_600_000,
        "last_ms": NOW,
        "window_ms": 3_600_000,
        "seen": 9,
        "expected": 1.2,
        "p_value": 1e-6,
        "contacts": 9,
        "topics": [{"topic": "3020", "label": "상하수도 > 누수·단수·수질", "contacts": 9}],
        "districts": [{"district": "마포구", "contacts": 9}],
        "phrases": [{"phrase": "합정동 단수", "contacts": 9}],
        "quotes": [Quote(contact_id=ALERT, text="물이 안 나와요", at_ms=NOW)],
        "department": "상수도사업본부",
    }
    return Finding.model_validate(values | changes)


NOTICES = Notices("https://120.example.kr", ("mail", "webhook"))


class Box:
    """The mail server's."""

    def __init__(self) -> None:
        self.got: list[Envelope] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            self.got.append(envelope)
        return self.answer

    def message(self) -> EmailMessage:
        (envelope,) = self.got
        assert isinstance(envelope.content, bytes)
        found = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        return found


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def smtp(box: Box) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, "127.0.0.1", port=port)
    controller.start()
    yield f"smtp://127.0.0.1:{port}"
    controller.stop()


@pytest.fixture
async def database(tmp_path) -> AsyncIterator[Database]:
    made = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/voc.db")
    yield made
    await made.close()


def settings(**more: str) -> Settings:
    return Settings(mail_from="voc@example.kr", **more)  # type: ignore[arg-type]


async def put(database: Database, *deliveries: Delivery) -> int:
    async with database.session() as session:
        return await voc_deliveries.put(session, deliveries)


async def states(database: Database) -> dict[str, tuple[str, int, int, str]]:
    from sqlalchemy import select

    from store.voc_tables import VocDeliveryRow as Row

    async with database.session() as session:
        query = select(Row.delivery_id, Row.state, Row.attempts, Row.due_ms, Row.error)
        return {row[0]: (row[1], row[2], row[3], row[4]) for row in await session.execute(query)}


async def until(look: Any, limit_s: float = 10) -> None:
    async with asyncio.timeout(limit_s):
        while not await look():
            await asyncio.sleep(0.02)


async def test_both_ways_at_once_and_once(database, smtp, box, site):
    options = settings(
        smtp=smtp,
        voc_mail="kim@example.kr lee@example.kr",
        voc_webhook=site.url,
        voc_webhook_key=KEY,
        public_url="https://120.example.kr/",
    )
    due = site_notices(options, Rules()).due(finding(), None, AlertHead(), wall_ms())
    assert [one.delivery_id for one in due] == [f"{ALERT}/new/mail", f"{ALERT}/new/webhook"]
    assert await put(database, *due) == 2
    assert await put(database, *due) == 0
    couriers = [site_courier(options, database) for _ in range(3)]
    running = [asyncio.create_task(courier.run()) for courier in couriers if courier]

    async def all_sent() -> bool:
        return {state for state, *_ in (await states(database)).values()} == {"sent"}

    await until(all_sent)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    (envelope,) = box.got
    assert envelope.rcpt_tos == ["kim@example.kr", "lee@example.kr"]
    message = box.message()
    assert message["Subject"] == "[관심] 마포구 · 단수"
    assert message["To"] == "kim@example.kr, lee@example.kr"
    text = message.get_content()
    for told in (
        "누수·단수·수질 9건",
        "문의 9건 (평소 1.2건)",
        "상수도사업본부",
        f"https://120.example.kr/#/board/{ALERT}",
    ):
        assert told in text
    assert not list(message.iter_attachments())
    ((headers, body),) = site.got
    assert is_signed(KEY, headers["sangdam-signature"], body, int(headers["sangdam-signature"][2:12]))
    told = json.loads(body)
    assert (told["type"], told["reason"], told["alert"]["title"]) == ("sangdam.alert", "new", "마포구 · 단수")
    assert told["link"].endswith(f"/#/board/{ALERT}")


def test_nothing_of_what_anybody_said_is_told():
    for one in NOTICES.due(finding(simulated=True), None, AlertHead(), NOW):
        assert "물이 안 나와요" not in one.body
        assert "합정동" not in one.body
        assert one.way == "webhook" or one.body.startswith("[모의] ")


def reasons(after: Finding, before: Finding | None, head: AlertHead | None = None) -> list[str]:
    return [one.delivery_id.split("/")[1] for one in NOTICES.due(after, before, head or AlertHead(), NOW)][
        ::2
    ]


def test_what_is_news():
    assert reasons(finding(), None) == ["new"]
    assert reasons(finding(revision=2, seen=20), finding()) == []
    assert reasons(finding(severity="warning"), finding()) == ["warning"]
    assert reasons(finding(severity="severe"), finding(severity="warning")) == ["severe"]
    assert reasons(finding(lane="safety", severity="severe"), finding()) == ["safety"]
    muted = AlertHead(state="acknowledged", muted_until_ms=NOW + 1)
    assert reasons(finding(severity="severe"), finding(), muted) == []
    assert reasons(finding(lane="safety"), finding(), muted) == ["safety"]
    assert reasons(finding(severity="severe"), finding(), AlertHead(state="closed")) == []


class Clock:
    now_ms = NOW

    def __call__(self) -> int:
        return self.now_ms


class Trying:
    """A way that is refused until a test lets it."""

    name = "mail"

    def __init__(self) -> None:
        self.error: Exception | None = Unavailable("나중", "later")
        self.tried = 0

    async def send(self, delivery: Delivery) -> None:
        self.tried += 1
        if self.error:
            raise self.error


def one(way: str = "mail", made_at_ms: int = NOW) -> Delivery:
    return Delivery(f"a/new/{way}", "a", way, 0, made_at_ms, "제목\n\n내용")


async def test_tried_again_later_each_time_and_then_sent(database):
    clock, way = Clock(), Trying()
    courier = Courier(database, [way], clock=clock)
    await put(database, one())
    for attempt in range(1, 5):
        assert await courier.deliver() == 1
        state, attempts, due_ms, error = (await states(database))["a/new/mail"]
        assert (state, attempts, due_ms - clock.now_ms) == ("waiting", attempt, wait_ms(attempt))
        assert "later" in error
        assert await courier.deliver() == 0
        clock.now_ms = due_ms
    way.error = None
    assert await courier.deliver() == 1
    assert (await states(database))["a/new/mail"][0] == "sent"
    clock.now_ms += GIVE_UP_MS
    assert await courier.deliver() == 0
    assert (courier.counts.sent["mail"], courier.counts.failed["mail"]) == (1, 4)


async def test_after_a_day_it_is_given_up_and_so_is_what_is_refused_for_good(database, site):
    clock, way = Clock(), Trying()
    courier = Courier(database, [way], clock=clock)
    await put(database, one())
    while (await states(database))["a/new/mail"][0] == "waiting":
        assert clock.now_ms <= NOW + GIVE_UP_MS
        await courier.deliver()
        clock.now_ms = (await states(database))["a/new/mail"][2]
    assert (await states(database))["a/new/mail"][0] == "given_up"
    assert way.tried < 60
    site.status = "404 Where"
    made = site_courier(settings(voc_webhook=site.url, voc_webhook_key=KEY), database)
    assert made is not None
    await put(database, one("webhook", wall_ms()))
    running = asyncio.create_task(made.run())

    async def is_given_up() -> bool:
        return (await states(database))["a/new/webhook"][0] == "given_up"

    await until(is_given_up)
    running.cancel()
    assert made.counts.given_up["webhook"] == 1


async def test_whoever_died_with_one_leaves_it_to_others(database):
    clock, way = Clock(), Trying()
    way.error = None
    await put(database, one())
    async with database.session() as session:
        assert len(await voc_deliveries.claim(session, ["mail"], NOW, lease_ms=LEASE_MS)) == 1
    courier = Courier(database, [way], clock=clock)
    assert await courier.deliver() == 0
    clock.now_ms += LEASE_MS
    assert await courier.deliver() == 1


async def test_what_is_old_is_forgotten(database):
    async with database.session() as session:
        await voc_deliveries.put(session, [one(), one("webhook")])
        await voc_deliveries.sent(session, "a/new/mail")
        assert await voc_deliveries.forget(session, NOW + 1) == 1
    assert list(await states(database)) == ["a/new/webhook"]


async def test_a_refusing_mail_server_is_asked_again(database, smtp, box):
    box.answer = "451 later"
    made = site_courier(settings(smtp=smtp, voc_mail="kim@example.kr"), database)
    assert made is not None
    await put(database, one("mail", wall_ms()))
    await made.deliver()
    state, attempts, _, error = (await states(database))["a/new/mail"]
    assert (state, attempts) == ("waiting", 1)
    assert "kim@example.kr" not in error


def test_waits_grow_up_to_an_hour():
    assert [wait_ms(attempt) for attempt in (1, 2, 3)] == [
        FIRST_WAIT_MS,
        2 * FIRST_WAIT_MS,
        4 * FIRST_WAIT_MS,
    ]
    assert wait_ms(1000) == LAST_WAIT_MS


@pytest.mark.parametrize(
    "wrong",
    [
        {"voc_mail": "kim@example.kr"},
        {"voc_mail": "kim", "smtp": "smtp://127.0.0.1"},
        {"voc_mail": " ".join(f"k{n}@example.kr" for n in range(51)), "smtp": "smtp://127.0.0.1"},
        {"voc_webhook": "https://hooks.example.kr"},
        {"voc_webhook": "http://hooks.example.kr", "voc_webhook_key": KEY},
    ],
)
async def test_settings_that_cannot_be(database, wrong):
    with pytest.raises(BadSetting):
        site_courier(settings(**wrong), database)


async def test_a_site_that_tells_nobody(database):
    assert site_courier(settings(), database) is None
    assert site_notices(settings(), Rules()).due(finding(), None, AlertHead(), NOW) == []
    await Courier(database, []).run()
