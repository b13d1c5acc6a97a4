"""One trial: a fresh server, N channels in real time, and what came back."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import psutil
import soxr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from bench.peer_env import python, variables
from bench.peer_score import score
from bench.peer_servers import RATE_HZ, Peer, Stream
from contracts.audio import FRAME_MS, Pcm16
from sangdam.evaluate.load import LoadChannel
from sangdam.latency import percentile

IN_TIME_S: Final = 1.5
"""Our own promise: half a second of silence that ends an utterance, and one second."""

_START_LIMIT_S: Final = 120
_READY_LIMIT_S: Final = 30
_SEND_LIMIT_S: Final = 10
_WARM_UP_S: Final = 4
_IDLE_CPU_S: Final = 0.1
"""CPU time in half a second of a server that does nothing."""
_QUIET_S: Final = 3.0
"""After the load the line stays open and silent until nothing has changed for so long …"""
_PATIENCE_S: Final = 12.0
"""… or, at most, for so long."""
_STOP_LIMIT_S: Final = 5
_STEP: Final = RATE_HZ * FRAME_MS // 1000


class PeerFailed(Exception):
    """A server did not start, or stopped."""


@dataclass(slots=True)
class Seen:
    """One channel of a trial."""

    stream: Stream
    began_s: float = 0.0
    commits: list[tuple[float, str]] = field(default_factory=list)
    changed_s: float = 0.0
    late_s: float = 0.0
    """Longest time that a packet left after its moment: the server did not read, or this process was busy."""


async def trial(
    peer: Peer, environment: Path, model: Path, load: Sequence[LoadChannel], threads: int
) -> dict[str, object]:
    """Start the server, feed it all channels at once in real time, stop it.

    Raises:
        PeerFailed: it did not start, refused a channel or went away.
    """
    audio = await asyncio.to_thread(lambda: [_resampled(channel) for channel in load])
    async with _server(peer, environment, model, len(load), threads) as (process, port, log):
        try:
            # Whatever a server loads or compiles at its first stream is not to be measured.
            await _feed_all(peer, model, port, [_resampled(load[0])[: _WARM_UP_S * RATE_HZ]], None)
            meter = _Meter(psutil.Process(process.pid))
            await meter.until_idle()
            seen = await _feed_all(peer, model, port, audio, meter)
        except (OSError, TimeoutError, WebSocketException, psutil.Error) as error:
            raise PeerFailed(f"{type(error).__name__}: {error}; {_last(log)}") from error
    return _report(seen, load, meter)


def _resampled(channel: LoadChannel) -> Pcm16:
    audio = soxr.resample(channel.audio.astype(np.float32), channel.rate_hz, RATE_HZ)
    samples: Pcm16 = np.clip(np.rint(audio), -32768, 32767).astype(np.int16)
    return samples


class _Meter:
    """CPU time and memory of a server and all its children."""

    def __init__(self, root: psutil.Process) -> None:
        self._root = root
        self._began_s = 0.0
        self.cpu_s = 0.0
        self.peak_rss = 0

    async def watch(self) -> None:
        """Samples memory until cancelled."""
        while True:
            self.peak_rss = max(self.peak_rss, sum(one.memory_info().rss for one in self._tree()))
            await asyncio.sleep(0.5)

    async def until_idle(self) -> None:
        """What the server was asked before does not weigh on what is measured; waits at most 15 s."""
        for _ in range(30):
            before = self._cpu_s()
            await asyncio.sleep(0.5)
            if self._cpu_s() - before < _IDLE_CPU_S:
                return

    def begin(self) -> None:
        self._began_s = self._cpu_s()

    def end(self) -> None:
        self.cpu_s = self._cpu_s() - self._began_s

    def _tree(self) -> list[psutil.Process]:
        return [self._root, *self._root.children(recursive=True)]

    def _cpu_s(self) -> float:
        return sum(times.user + times.system for times in (one.cpu_times() for one in self._tree()))


@contextlib.asynccontextmanager
async def _server(
    peer: Peer, environment: Path, model: Path, channels: int, threads: int
) -> AsyncIterator[tuple["subprocess.Popen[bytes]", int, Path]]:
    """A running server that accepts connections; it and its children are gone afterwards, whatever happens."""
    with tempfile.TemporaryDirectory() as folder:
        log, port = Path(folder, "log.txt"), _free_port()
        with log.open("wb") as written:  # noqa: ASYNC230  a local file, once
            process = subprocess.Popen(  # noqa: ASYNC220  returns at once
                [str(python(environment)), *peer.arguments(port, model, channels + 1)],
                cwd=folder,
                env=variables(environment, threads),
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            await _until_open(process, port, log)
            yield process, port, log
        finally:
            _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _until_open(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    try:
        async with asyncio.timeout(_START_LIMIT_S):
            while process.poll() is None:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    return
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise PeerFailed(f"not listening after {_START_LIMIT_S} s; {_last(log)}") from None
    raise PeerFailed(f"ended with {process.returncode}; {_last(log)}")


def _last(log: Path) -> str:
    return log.read_text("utf-8", "replace").strip()[-800:]


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """The server leads a session of its own, so its group is it and its children."""
    for kind, limit_s in ((signal.SIGTERM, _STOP_LIMIT_S), (signal.SIGKILL, _STOP_LIMIT_S)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, kind)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(limit_s)


async def _feed_all(
    peer: Peer, model: Path, port: int, audio: Sequence[Pcm16], meter: _Meter | None
) -> list[Seen]:
    """All channels at once; with a meter, CPU time counts from the first sample of the load to its last."""
    loop = asyncio.get_running_loop()
    url = f"ws://127.0.0.1:{port}{peer.path}"
    async with contextlib.AsyncExitStack() as stack:
        seen, lines = [], []
        for number in range(len(audio)):
            line = await stack.enter_async_context(
                connect(url, compression=None, max_size=1 << 24, open_timeout=_READY_LIMIT_S, close_timeout=1,
                        ping_interval=None)
            )  # fmt: skip
            one = Seen(peer.stream(model, number))
            stack.callback(asyncio.create_task(_read(line, one)).cancel)
            await _greet(line, one)
            seen.append(one)
            lines.append(line)
        if meter:
            stack.callback(asyncio.create_task(meter.watch()).cancel)
            meter.begin()
        began = loop.time() + 0.2
        seconds = max(map(len, audio)) / RATE_HZ
        over = asyncio.Event()
        async with asyncio.TaskGroup() as feeds:
            for number, (line, one, samples) in enumerate(zip(lines, seen, audio, strict=True)):
                # Packets of different channels do not come at the same moment.
                one.began_s = began + number / len(audio) * FRAME_MS / 1000
                feeds.create_task(_feed(line, one, samples, over))
            await asyncio.sleep(began + seconds - loop.time())
            if meter:
                meter.end()
            await _settled(seen, began + seconds)
            over.set()
        return seen


async def _greet(line: ClientConnection, one: Seen) -> None:
    for message in one.stream.hello():
        await line.send(message)
    async with asyncio.timeout(_READY_LIMIT_S):
        while not one.stream.ready:
            if one.stream.refused:
                raise PeerFailed(one.stream.refused)
            await asyncio.sleep(0.02)


async def _read(line: ClientConnection, one: Seen) -> None:
    loop = asyncio.get_running_loop()
    async for message in line:
        before = one.stream.committed, one.stream.tail
        one.stream.take(json.loads(message))
        if (one.stream.committed, one.stream.tail) != before:
            one.changed_s = loop.time()
        if one.stream.committed != before[0]:
            one.commits.append((loop.time(), one.stream.committed))


async def _feed(line: ClientConnection, one: Seen, samples: Pcm16, over: asyncio.Event) -> None:
    """The samples at their own pace, then silence until it is over."""
    loop, at = asyncio.get_running_loop(), 0
    silence = np.zeros(_STEP, np.int16)
    while at < len(samples) or not over.is_set():
        block = samples[at : at + _STEP] if at < len(samples) else silence
        at += len(block)
        due = one.began_s + at / RATE_HZ
        await asyncio.sleep(due - loop.time())
        one.late_s = max(one.late_s, loop.time() - due)
        async with asyncio.timeout(_SEND_LIMIT_S):
            await line.send(one.stream.packet(block.tobytes()))


async def _settled(seen: Sequence[Seen], ended: float) -> None:
    """Until nothing changes any more."""
    loop = asyncio.get_running_loop()
    while loop.time() < ended + _PATIENCE_S:
        quiet_since = max(ended, *(one.changed_s for one in seen))
        if loop.time() > quiet_since + _QUIET_S and not any(one.stream.tail for one in seen):
            return
        await asyncio.sleep(0.2)


def _report(seen: Sequence[Seen], load: Sequence[LoadChannel], meter: _Meter) -> dict[str, object]:
    scored = [
        score(channel.turns, one.began_s, one.commits, one.stream.tail)
        for channel, one in zip(load, seen, strict=True)
    ]
    delays = [delay for one in scored for delay in one.delays_s]
    half, most = percentile(delays, 0.5), percentile(delays, 0.95)
    audio_s = sum(len(channel.audio) / channel.rate_hz for channel in load)
    said = sum(one.said for one in scored)
    return {
        "channels": len(load),
        "seconds": round(audio_s / len(load), 1),
        "latency_ms": {
            "final_p50": None if half is None else round(half * 1000),
            "final_p95": None if most is None else round(most * 1000),
        },
        "turns": sum(len(channel.turns) for channel in load),
        "finals_in_time": sum(delay <= IN_TIME_S for delay in delays),
        "finals_lost": sum(one.lost for one in scored),
        "cpu_s_per_audio_s": round(meter.cpu_s / audio_s, 4),
        "peak_rss_mib": round(meter.peak_rss / (1 << 20)),
        "cer": round(sum(one.errors for one in scored) / said, 4) if said else None,
        "feeder_late_ms_max": round(max(one.late_s for one in seen) * 1000),
    }
