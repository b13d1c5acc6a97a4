"""One site of real processes for all failures: two of ingest and of asr, one of each other service, on a broker
with a disk of its own and a PostgreSQL server.

The failures come one after another and leave the site whole. Chats have a site of their own: `chat_site.py`.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bus.base import partition_of
from console.projection import stored_view
from contracts.errors import BadSetting
from contracts.panel import ContactView
from contracts.topics import CALL_AUDIO, PARTITIONS
from sangdam.evaluate.failover_panel import Panel
from sangdam.evaluate.failover_process import ServedProcess, wait_for
from sangdam.evaluate.failover_site import FailoverSite, cut
from sangdam.evaluate.failover_truth import Account, account, faults
from sangdam.local.kafka import LocalKafka
from sangdam.local.postgres import LocalPostgres
from store.database import Database
from tests.integration.failure.disk import SmallDisk

SECONDS = 13.4
"""Of each call: the greeting, and the whole request."""
RECORDINGS = ("bulky-waste", "water-leak")
DISK_MIB = 512
PROCESSES = {
    "ingest-1": ("ingest",),
    "ingest-2": ("ingest",),
    "asr-1": ("asr",),
    "asr-2": ("asr",),
    "assist": ("assist",),
    "summarize": ("summarize",),
    "console": ("console",),
}


def missing(what: str) -> None:
    """Skips where a developer's machine has not all of it; never in CI."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    made = SmallDisk(tmp_path_factory.mktemp("broker") / "data", DISK_MIB)
    yield made
    made.close()


@pytest.fixture(scope="session")
def broker(disk: SmallDisk) -> Iterator[LocalKafka]:
    made = LocalKafka(log_dir=disk.folder)
    try:
        disk.run(made.start)
    except BadSetting as error:
        missing(str(error))
    yield made
    disk.run(made.kill)
    made.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[LocalPostgres]:
    try:
        made = LocalPostgres(durable=False).start()
    except BadSetting as error:
        missing(str(error))
    yield made
    made.close()


@pytest.fixture(scope="session")
def broken_site(
    weights: Path,
    broker: LocalKafka,
    postgres_server: LocalPostgres,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[FailoverSite]:
    site = FailoverSite(
        tmp_path_factory.mktemp("site"),
        kafka=broker,
        postgres=postgres_server,
        processes=PROCESSES,
        variables={"SANGDAM_THREADS": "1", "SANGDAM_MODEL": str(weights)},
    )
    with site:
        yield site


@pytest.fixture(scope="session")
def panel(broken_site: FailoverSite) -> Iterator[Panel]:
    """Stays open through all failures."""
    made = Panel(lambda: broken_site.console_url, broken_site.cookie)
    yield made
    made.close()


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("recordings")
    return {name: cut(name, SECONDS, folder) for name in RECORDINGS}


class Calls:
    """The two calls of a test, and what must be true of them in the end."""

    def __init__(
        self, site: FailoverSite, panel: Panel, recordings: dict[str, Path], undisturbed: dict[str, Account]
    ) -> None:
        self.site = site
        self._panel = panel
        self._recordings = recordings
        self._undisturbed = undisturbed
        self.ids: dict[str, str] = {}
        self._began: dict[str, float] = {}

    def start(self, name: str, ingest: str | None = None) -> str:
        """Begin a call, seen by the panel."""
        self.ids[name] = self.site.call(self._recordings[name], ingest=ingest)
        self._began[name] = time.monotonic()
        self._panel.watch(self.ids[name])
        return self.ids[name]

    def start_all(self) -> None:
        for name in RECORDINGS:
            self.start(name)

    def until(self, name: str, second: float) -> None:
        """Wait for this second of the call."""
        time.sleep(max(0.0, self._began[name] + second - time.monotonic()))

    def worker_of(self, name: str) -> ServedProcess:
        """The asr process that has the call's partition."""
        partition = str(partition_of(self.ids[name], PARTITIONS))

        def look() -> ServedProcess | None:
            for worker in (self.site["asr-1"], self.site["asr-2"]):
                owned = worker.metrics("sangdam_bus_lag_records") if worker.lives else []
                if any(
                    told["topic"] == CALL_AUDIO.name and told["partition"] == partition for told, _ in owned
                ):
                    return worker
            return None

        found = wait_for(look, f"a worker with partition {partition}", 20)
        assert found is not None
        return found

    def finish(self, *, cut_off: str | None = None, limit_s: float = 60.0) -> dict[str, Account]:
        """Wait for the summaries, then everything must be there once, in order, on the panel and in the store.

        Args:
            cut_off: a call whose ingest process died: what it still had to say was never heard.
            limit_s: for each summary.
        """
        for contact_id in self.ids.values():
            self.site.wait_for_summary(contact_id, limit_s)
        for name, contact_id in self.ids.items():
            whole = None if name == cut_off else self._undisturbed.get(name)
            wait_until_no(lambda told=contact_id, whole=whole: self._faults(told, whole))
        events = self.site.truth()
        assert not self._panel.faults
        return {name: account(events, contact_id) for name, contact_id in self.ids.items()}

    def _faults(self, contact_id: str, whole: Account | None) -> list[str]:
        told = account(self.site.truth(), contact_id)
        shown, stored = self._panel.view(contact_id), stored_contact(self.site, contact_id)
        return [
            *faults(told, whole),
            *differences("panel", shown, told),
            *differences("store", stored, told),
        ]


def wait_until_no(look: Callable[[], list[str]], limit_s: float = 15.0) -> None:
    """What is on its way may still arrive; what is wrong stays wrong."""
    deadline = time.monotonic() + limit_s
    while found := look():
        assert time.monotonic() < deadline, "\n".join(found)


def differences(who: str, view: ContactView | None, told: Account) -> list[str]:
    """Between what the bus has of a contact and what somebody knows of it."""
    if view is None:
        return [f"{who}: knows nothing"]
    finals = {one.utterance_id: one.text for one in view.utterances if one.status == "final"}
    said = {one.utterance_id: one.text for one in told.said}
    partials = [one.utterance_id for one in view.utterances if one.status == "partial"]
    cards = [card.offer.suggestion_id for card in view.cards]
    found = [f"{who}: {finals} instead of {said}"] if finals != said else []
    found += [f"{who}: still partial {partials}"] if partials else []
    found += (
        [f"{who}: cards {cards}, not {list(told.offers)}"] if sorted(cards) != sorted(told.offers) else []
    )
    found += [f"{who}: {view.contact.state}"] if view.contact.state != "ended" else []
    complete = view.draft is not None and view.draft.complete and view.draft == told.draft
    return found if complete else [*found, f"{who}: no complete summary"]


def stored_contact(site: FailoverSite, contact_id: str) -> ContactView | None:
    """From the database itself, past every process of ours."""
    assert site.postgres is not None

    async def read(url: str) -> ContactView | None:
        database = await Database.open(url)
        try:
            async with database.session() as session:
                return await stored_view(session, contact_id)
        finally:
            await database.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(read(site.postgres.url))).result()


@pytest.fixture(scope="session")
def undisturbed(broken_site: FailoverSite, panel: Panel, recordings: dict[str, Path]) -> dict[str, Account]:
    """Both recordings in a run without a failure."""
    calls = Calls(broken_site, panel, recordings, {})
    calls.start_all()
    return calls.finish()


@pytest.fixture
def calls(
    broken_site: FailoverSite, panel: Panel, recordings: dict[str, Path], undisturbed: dict[str, Account]
) -> Calls:
    """Of a whole site, whatever the test before did to it."""
    broken_site.mend()
    return Calls(broken_site, panel, recordings, undisturbed)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Iterator[None]:
    """With a failure come the last lines of every process."""
    outcome = yield
    given = getattr(item, "funcargs", {})
    site = given.get("broken_site") or given.get("chats") or getattr(given.get("calls"), "site", None)
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.failed and site is not None:
        for name, process in site.processes.items():
            report.sections.append(
                (f"{name} ({'lives' if process.lives else 'ended'})", process.said()[-3000:])
            )
