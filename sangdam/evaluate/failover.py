"""What the death of a recogniser costs: two asr workers share calls, one is killed in the middle of speech."""

import contextlib
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from bus.base import partition_of
from contracts.errors import BadSetting
from contracts.topics import CALL_AUDIO, PARTITIONS
from sangdam.evaluate.failover_panel import Panel
from sangdam.evaluate.failover_process import ServedProcess, wait_for
from sangdam.evaluate.failover_site import FailoverSite, cut
from sangdam.evaluate.failover_truth import Account, account, doubled
from sangdam.local.kafka import LocalKafka
from sangdam.local.postgres import LocalPostgres

RECORDINGS: Final = ("bulky-waste", "water-leak", "pet-noise")
WORKERS: Final = ("asr-1", "asr-2")
_PROCESSES: Final[Mapping[str, Sequence[str]]] = {
    **dict.fromkeys(WORKERS, ("asr",)),
    **{name: (name,) for name in ("ingest", "assist", "summarize", "console")},
}
_KILL_AT_S: Final = 9.5
"""The caller says his request then, in all three recordings."""
_FINAL_S: Final = 90.0
_TRIES: Final = 20

Engine = Literal["embedded", "kafka"]
Figures = dict[str, Any]
Progress = Callable[[float, float], None]


@dataclass(frozen=True)
class Plan:
    """What is measured."""

    engine: Engine
    calls: int
    """At once; at most as many as there are recordings."""
    seconds: float
    """Of each call."""
    kills: int
    session_s: float
    """After so long without a sign of life a worker's partitions go to the other."""


def run(plan: Plan, model: Path | None, progress: Progress) -> Figures:
    """One run without a failure, then `plan.kills` with one.

    Raises:
        BadSetting, Unreachable: Java or Maven is missing, or a process does not get ready.
    """
    with _site(plan, model) as site:
        parts = plan.kills + 2
        progress(1, parts)
        bench = _Failover(site, plan)
        try:
            undisturbed = bench.undisturbed()
            progress(2, parts)
            shares = bench.shares()
            kills = []
            for number in range(plan.kills):
                kills.append(bench.kill(undisturbed))
                progress(3 + number, parts)
        finally:
            bench.panel.close()
    recoveries = [kill["recovery_s"] for kill in kills]
    return {
        "engine": plan.engine,
        "database": "postgresql" if site.postgres else "sqlite",
        "session_s": plan.session_s,
        "calls": plan.calls,
        "seconds": plan.seconds,
        "recovery_s": max(recoveries),
        "recoveries_s": recoveries,
        "finals": sum(len(told.said) for told in undisturbed.values()),
        "finals_lost": sum(kill["finals_lost"] for kill in kills),
        "finals_doubled": sum(kill["finals_doubled"] for kill in kills),
        "finals_changed_on_the_panel": len(bench.panel.faults),
        "workers": shares,
        "kills": kills,
    }


@contextlib.contextmanager
def _site(plan: Plan, model: Path | None) -> Iterator[FailoverSite]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sangdam-failover-")))
        kafka = stack.enter_context(LocalKafka()) if plan.engine == "kafka" else None
        postgres = None
        if kafka:
            with contextlib.suppress(BadSetting):  # SQLite does for the processes of one machine
                postgres = stack.enter_context(LocalPostgres())
        site = FailoverSite(
            folder,
            kafka=kafka,
            postgres=postgres,
            processes=_PROCESSES,
            variables={"SANGDAM_THREADS": "1", **({"SANGDAM_MODEL": str(model)} if model else {})},
            session_s=plan.session_s,
        )
        yield stack.enter_context(site)


class _Failover:
    def __init__(self, site: FailoverSite, plan: Plan) -> None:
        self._site = site
        self._plan = plan
        self._recordings = [cut(name, plan.seconds, site.folder) for name in RECORDINGS[: plan.calls]]
        self.panel = Panel(lambda: site.console_url, site.cookie)

    def _start(self) -> list[str]:
        """All calls, spread over the workers: an id decides by chance, so one too many is hung up and tried again."""
        ids: list[str] = []
        taken: Counter[str] = Counter()
        for recording in self._recordings:
            most = -(-len(self._recordings) // len(WORKERS))
            for _ in range(_TRIES):
                contact_id = self._site.call(recording)
                worker = wait_for(partial(self._worker_of, contact_id), "a worker for a call", _FINAL_S)
                if taken[worker] < most:
                    break
                self._site.hang_up(contact_id)
            taken[worker] += 1
            ids.append(contact_id)
            self.panel.watch(contact_id)
        return ids

    def _finish(self, ids: Sequence[str]) -> dict[str, Account]:
        """By recording."""
        for contact_id in ids:
            self._site.wait_for_summary(contact_id, self._plan.seconds + _FINAL_S)
        events = self._site.truth()
        return {
            recording.stem: account(events, contact_id)
            for recording, contact_id in zip(self._recordings, ids, strict=True)
        }

    def undisturbed(self) -> dict[str, Account]:
        return self._finish(self._start())

    def shares(self) -> Figures:
        """Of each worker, as its /metrics tell."""
        topic = CALL_AUDIO.name
        return {
            name: {
                "owned_partitions": self._site[name].metric("sangdam_bus_owned_partitions", topic=topic),
                "finals": self._site[name].metric("sangdam_asr_finals_total"),
                "frames": self._site[name].metric("sangdam_asr_frames_total"),
            }
            for name in WORKERS
        }

    def kill(self, undisturbed: Mapping[str, Account]) -> Figures:
        began = time.monotonic()
        ids = self._start()
        time.sleep(max(0.0, began + _KILL_AT_S - time.monotonic()))
        worker, its_calls = self._busiest(ids)
        worker.kill()
        killed_at = time.monotonic()
        recovery_s = (
            wait_for(lambda: self._first_final(its_calls, killed_at), "a final", _FINAL_S) - killed_at
        )
        worker.start()
        told = self._finish(ids)
        worker.ready()
        return {
            "worker": worker.name,
            "its_calls": len(its_calls),
            "recovery_s": round(recovery_s, 2),
            "finals_lost": sum(len(undisturbed[name].places - told[name].places) for name in told),
            "finals_doubled": sum(
                len(doubled(one)) + len(one.places - undisturbed[name].places) for name, one in told.items()
            ),
        }

    def _busiest(self, ids: Sequence[str]) -> tuple[ServedProcess, set[str]]:
        """The worker with most of the calls, and these."""
        calls = {name: {one for one in ids if self._has(name, one)} for name in WORKERS}
        name = max(calls, key=lambda one: len(calls[one]))
        return self._site[name], calls[name]

    def _worker_of(self, contact_id: str) -> str:
        """Empty while a rebalance goes on."""
        return next((name for name in WORKERS if self._has(name, contact_id)), "")

    def _has(self, worker: str, contact_id: str) -> bool:
        partition = str(partition_of(contact_id, PARTITIONS))
        told = self._site[worker].metrics("sangdam_bus_lag_records")
        return any(
            labels["topic"] == CALL_AUDIO.name and labels["partition"] == partition for labels, _ in told
        )

    def _first_final(self, ids: set[str], after: float) -> float:
        """When the panel had it, 0.0 as long as it has none."""
        at = (when for when, final in self.panel.final_at if final.contact_id in ids and when > after)
        return min(at, default=0.0)
