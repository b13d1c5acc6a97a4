"""The chat bench: thousands of conversations on one gateway process, what they cost, how late, and what got lost."""

import os
import tempfile
import uuid
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from contracts.chat import ChatEntry
from contracts.errors import SangdamError
from sangdam import settings
from sangdam.evaluate.chat_load import read_text
from sangdam.evaluate.chat_loaders import Figures, Plan, plans, start
from sangdam.evaluate.chat_seed import Seeded, read_log, seed
from sangdam.evaluate.chat_server import allow_sockets, cores, gateway, peer, records
from sangdam.evaluate.failover_site import clean_environment

_WARM_UP_S: Final = 3.0

Progress = Callable[[float, float], None]


async def run(plan: Plan, interpreter: str, script: Path, progress: Progress) -> Figures:
    """Ours, then the peer in both its kinds.

    Args:
        plan: what is measured.
        interpreter: of the peer's environment; empty: without it.
        script: the peer's server.
        progress: told parts done and parts in all.

    Raises:
        Unreachable, BadSetting: the gateway does not start, or a loader fails.
    """
    most = allow_sockets()
    parts = 3 if interpreter else 1
    with tempfile.TemporaryDirectory(prefix="sangdam-bench-") as folder:
        ours = await _ours(plan, Path(folder))
        progress(1, parts)
        peers: Figures = {}
        for done, kind in enumerate(("database", "memory") if interpreter else (), 2):
            try:
                peers[f"python-socketio ({kind})"] = await _peer(
                    plan, interpreter, script, kind, Path(folder)
                )
            except SangdamError as error:
                peers[f"python-socketio ({kind})"] = {"error": str(error)}
            progress(done, parts)
    about = {
        "cores": os.cpu_count(),
        "open_files": most,
        "connections": plan.connections,
        "rate": plan.rate,
        "seconds": plan.seconds,
        "live_typing": plan.typists,
    }
    return about | ours | ({"peers": peers, "ratios": _ratios(ours, peers)} if peers else {})


async def _ours(plan: Plan, folder: Path) -> Figures:
    options = settings.load().model_copy(
        update={"data_dir": folder, "bus": "", "database": "", "secret": None, "vault_key": None}
    )
    seeded = await seed(options, plan.connections, plan.agents)
    variables = clean_environment() | {
        "SANGDAM_DATA_DIR": str(folder),
        "SANGDAM_OFFLINE": "1",
        "SANGDAM_OPS_PORT": "0",
    }
    with gateway(folder, variables) as (server, process):
        bus = folder / "bus.db"
        load_before, empty_kib = os.getloadavg()[0], server.rss_kib()
        async with AsyncExitStack() as stack:
            loaders = await start(stack, plans(plan, seeded, server.port), folder)
            connected = await loaders.connect()
            connected_kib = server.rss_kib()
            await loaders.load("warm-up", plan.rate / 2, _WARM_UP_S, 0)
            before, cpu_s = records(bus), server.cpu_s()
            seen = await loaders.load("load", plan.rate, plan.seconds, plan.typists)
            cpu_s, after = server.cpu_s() - cpu_s, records(bus)
            loaded_kib = server.rss_kib()
            stalled = await loaders.load(
                "stall", plan.rate, plan.stall_s, plan.typists, stalled_key=seeded.supervisor
            )
        stopped_s = process.stop()
    log = await read_log(options, seeded.contacts)
    faults = seen.faults + stalled.faults
    missing, twice, mixed = _log_faults(list(log.values()))
    sent = seen.total("sent")
    return {
        "load_before": round(load_before, 2),
        "gateway_core": sorted(cores()[0]),
        "connect_s": connected["seconds"],
        "staff_connections": connected["staff"],
        "kib_per_connection": round((connected_kib - empty_kib) / connected["citizens"], 1),
        "kib_counted": "RSS of the gateway process, all sockets of citizens and staff open and attending, less RSS "
        "before the first, by citizens' sockets; kernel buffers are not in it",
        "kib_per_connection_after_load": round((loaded_kib - empty_kib) / connected["citizens"], 1),
        "rss_mib": {
            "empty": empty_kib // 1024,
            "connected": connected_kib // 1024,
            "loaded": loaded_kib // 1024,
        },
        "latency_ms": seen.latency(),
        "sent": sent,
        "lost": stalled.total("missing") + stalled.total("unacknowledged") + missing,
        "doubled": faults["doubled"] + twice,
        "out_of_order": faults["out_of_order"] + faults["gaps"] + mixed,
        "faults": dict(faults),
        "cpu_s_per_1000": round(cpu_s / sent * 1000, 3),
        "gateway_busy": round(cpu_s / seen.most("sent_s"), 3),
        "bus_records_per_message": {
            topic: round((count - before.get(topic, 0)) / sent, 2) for topic, count in after.items()
        },
        "typing": {"flushes": seen.total("typed"), "unseen": seen.total("typing_unseen")},
        "stalled_reader": stalled.stalled
        | {
            "gap_s": stalled.most("gap_s"),
            "gap_s_without": seen.most("gap_s"),
            "message_p99": stalled.quantile("ages", 99),
        },
        "loader": seen.loader(),
        "stop_s": round(stopped_s, 2),
    }


async def _peer(plan: Plan, interpreter: str, script: Path, kind: str, folder: Path) -> Figures:
    names = Seeded(
        tuple(str(uuid.uuid4()) for _ in range(plan.connections)),
        ("staff",) * plan.agents,
        "staff",
        lambda _: "citizen",
    )
    with peer(interpreter, script, kind, folder) as server:
        empty_kib = server.rss_kib()
        async with AsyncExitStack() as stack:
            loaders = await start(stack, plans(plan, names, server.port, "socketio"), folder)
            connected = await loaders.connect()
            connected_kib = server.rss_kib()
            await loaders.load("warm-up", plan.rate / 2, _WARM_UP_S, 0)
            cpu_s = server.cpu_s()
            seen = await loaders.load("load", plan.rate, plan.seconds, plan.typists)
            cpu_s = server.cpu_s() - cpu_s
    return {
        "kib_per_connection": round((connected_kib - empty_kib) / connected["citizens"], 1),
        "latency_ms": seen.latency(),
        "lost": seen.total("missing") + seen.total("unacknowledged"),
        "doubled": seen.faults["doubled"],
        "out_of_order": seen.faults["out_of_order"] + seen.faults["gaps"],
        "cpu_s_per_1000": round(cpu_s / seen.total("sent") * 1000, 3),
        "server_busy": round(cpu_s / seen.most("sent_s"), 3),
        "loader": seen.loader(),
    }


def _log_faults(logs: Sequence[Sequence[ChatEntry]]) -> tuple[int, int, int]:
    """(lost, doubled, out of order) in the database itself: each sender's messages are numbered from 0."""
    lost = doubled = mixed = 0
    for entries in logs:
        seen: dict[str, list[int]] = {"citizen": [], "staff": []}
        for entry in entries:
            told = read_text(getattr(entry.body, "text", ""))
            if told:
                seen[told[1]].append(told[2])
        for numbers in seen.values():
            distinct = set(numbers)
            lost += (max(distinct) + 1 - len(distinct)) if distinct else 0
            doubled += len(numbers) - len(distinct)
            mixed += numbers != sorted(numbers)
        mixed += [entry.seq for entry in entries] != list(range(1, len(entries) + 1))
    return lost, doubled, mixed


def _ratios(ours: Figures, peers: Figures) -> Figures:
    """Ours over theirs: below 1 ours is smaller or faster."""
    found: Figures = {}
    for name, theirs in peers.items():
        if "error" in theirs:
            continue
        pairs = {
            "kib_per_connection": (ours["kib_per_connection"], theirs["kib_per_connection"]),
            "cpu_s_per_1000": (ours["cpu_s_per_1000"], theirs["cpu_s_per_1000"]),
            **{
                key: (ours["latency_ms"][key], theirs["latency_ms"][key])
                for key in ("message_p50", "message_p99", "typing_p95")
            },
        }
        found[name] = {
            key: round(mine / other, 2) for key, (mine, other) in pairs.items() if mine is not None and other
        }
    return found
