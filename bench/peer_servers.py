"""The peers: how each server is started, what it is told, and how its answers are read.

All get the same CTranslate2 folder in int8, Korean, every core (`OMP_NUM_THREADS`), raw 16 kHz PCM in packets of
100 ms, and their voice activity detection. Otherwise their own defaults, but where a default is meant for another
use; each class says what and why.
"""

import json
import struct
from pathlib import Path
from typing import ClassVar, Final, Protocol

RATE_HZ: Final = 16000


class Stream(Protocol):
    """One channel's conversation with a server."""

    ready: bool
    """The server wants audio now."""
    committed: str
    """Text that the server will not change any more."""
    tail: str
    """Text after it that may change."""
    refused: str
    """Why the server does not take this channel; empty while it does."""

    def hello(self) -> list[str]: ...
    def packet(self, pcm: bytes) -> bytes: ...
    def take(self, message: dict[str, object]) -> None: ...


class Peer(Protocol):
    """A server."""

    name: ClassVar[str]
    distribution: ClassVar[str]
    settings: ClassVar[dict[str, object]]
    path: ClassVar[str]

    def arguments(self, port: int, model: Path, most: int) -> list[str]:
        """What the environment's Python is called with; `most` channels will come."""

    def stream(self, model: Path, number: int) -> Stream: ...


class _Text:
    """What every stream has."""

    def __init__(self) -> None:
        self.ready = False
        self.committed = ""
        self.tail = ""
        self.refused = ""


class WhisperLive:
    """collabora/WhisperLive, its faster_whisper backend; one model for all clients.

    `same_output_threshold`: a segment is completed when a later one follows, or after more than this many equal
    answers in a row. The client library's default of 10 decodes the same audio ten times before a caller's last
    words are final (p95 of one channel 14 s); with 2 it was 7 s at the same error rate, so 2 is used.
    """

    name: ClassVar[str] = "whisper-live"
    distribution: ClassVar[str] = "whisper-live"
    path: ClassVar[str] = "/"
    settings: ClassVar[dict[str, object]] = {
        "backend": "faster_whisper",
        "single_model": True,
        "use_vad": True,
        "same_output_threshold": 2,
        "no_speech_thresh": 0.45,
        "send_last_n_segments": 10,
    }

    def arguments(self, port: int, model: Path, most: int) -> list[str]:
        run = {
            "backend": "faster_whisper",
            "faster_whisper_custom_model_path": str(model),
            "single_model": True,
            "max_clients": most,
            "raw_pcm_input": True,
        }
        start = "from whisper_live.server import TranscriptionServer as Server"
        return ["-c", f"{start}; Server().run('127.0.0.1', {port}, **{run!r})"]

    def stream(self, model: Path, number: int) -> "WhisperLiveStream":
        return WhisperLiveStream(model, number)


class WhisperLiveStream(_Text):
    def __init__(self, model: Path, number: int) -> None:
        super().__init__()
        self._options = {
            "uid": f"channel-{number}",
            "language": "ko",
            "task": "transcribe",
            "model": str(model),
            **{
                name: value
                for name, value in WhisperLive.settings.items()
                if name not in ("backend", "single_model")
            },
        }
        self._completed: dict[str, str] = {}

    def hello(self) -> list[str]:
        return [json.dumps(self._options)]

    def packet(self, pcm: bytes) -> bytes:
        return pcm

    def take(self, message: dict[str, object]) -> None:
        if message.get("message") == "SERVER_READY":
            self.ready = True
        elif message.get("status") in ("WAIT", "ERROR"):
            self.refused = str(message.get("message"))
        segments = message.get("segments")
        if not isinstance(segments, list):
            return
        self.tail = ""
        for segment in segments:
            if segment["completed"]:
                self._completed.setdefault(segment["start"], segment["text"])
            else:
                self.tail = segment["text"]
        self.committed = " ".join(self._completed.values())


class WhisperLiveKit:
    """QuentinFuxa/WhisperLiveKit with the LocalAgreement policy on faster-whisper.

    Its default policy, SimulStreaming, decodes with PyTorch weights of full precision: it does not take a CTranslate2
    folder, so it cannot run on the same weights. No warm-up file: it would come from the network.
    """

    name: ClassVar[str] = "whisperlivekit"
    distribution: ClassVar[str] = "whisperlivekit"
    path: ClassVar[str] = "/asr?language=ko"
    settings: ClassVar[dict[str, object]] = {
        "backend": "faster-whisper",
        "backend-policy": "localagreement",
        "vac": True,
        "min-chunk-size": 0.1,
        "buffer_trimming": "segment, 15 s",
    }

    def arguments(self, port: int, model: Path, most: int) -> list[str]:  # noqa: ARG002  it has no limit
        return [
            *("-m", "whisperlivekit.basic_server", "--host", "127.0.0.1", "--port", str(port)),
            *("--backend", "faster-whisper", "--backend-policy", "localagreement", "--model_dir", str(model)),
            *("--lan", "ko", "--pcm-input", "--warmup-file", "", "--log-level", "WARNING"),
        ]

    def stream(self, model: Path, number: int) -> "WhisperLiveKitStream":  # noqa: ARG002
        return WhisperLiveKitStream()


class WhisperLiveKitStream(_Text):
    def hello(self) -> list[str]:
        return []

    def packet(self, pcm: bytes) -> bytes:
        return pcm

    def take(self, message: dict[str, object]) -> None:
        if message.get("type") == "config":
            self.ready = True
        lines = message.get("lines")
        if isinstance(lines, list):
            self.committed = " ".join(line["text"] or "" for line in lines)
            self.tail = str(message.get("buffer_transcription") or "")


class RealtimeStt:
    """KoljaB/RealtimeSTT, its multi-user server (`example_fastapi_server` of the package).

    The package's `stt-server` has one recorder for all who connect, and in `stt-server-production` the client says
    where an utterance ends: this is the one that serves many streams and finds the ends itself. One model for
    finals and partials, as on a machine without a GPU; the limits on sessions are lifted.

    `realtime_processing_pause`: its default, 0.02 s, makes partials as fast as the machine can. With one a second
    a channel costs 0.57 instead of 0.91 CPU-seconds a second, and finals come as soon and are as good.
    """

    name: ClassVar[str] = "realtimestt"
    distribution: ClassVar[str] = "realtimestt"
    path: ClassVar[str] = "/ws/transcribe"
    settings: ClassVar[dict[str, object]] = {
        "server": "example_fastapi_server",
        "engine": "faster_whisper",
        "use_main_model_for_realtime": True,
        "vad_filter": True,
        "post_speech_silence_duration": 0.55,
        "realtime_processing_pause": 1.0,
    }

    def arguments(self, port: int, model: Path, most: int) -> list[str]:
        return [
            *("-m", "example_fastapi_server.server", "--host", "127.0.0.1", "--port", str(port)),
            *("--model", str(model), "--realtime-model", str(model), "--use-main-model-for-realtime"),
            *("--language", "ko", "--device", "cpu", "--compute-type", "int8", "--log-level", "WARNING"),
            *("--max-sessions", str(most), "--max-active-speakers", str(most)),
            *("--realtime-processing-pause", str(self.settings["realtime_processing_pause"])),
        ]

    def stream(self, model: Path, number: int) -> "RealtimeSttStream":  # noqa: ARG002
        return RealtimeSttStream()


class RealtimeSttStream(_Text):
    def __init__(self) -> None:
        super().__init__()
        head = json.dumps({"sampleRate": RATE_HZ, "channels": 1, "format": "pcm_s16le"}).encode()
        self._head = struct.pack("<I", len(head)) + head

    def hello(self) -> list[str]:
        return ['{"type": "start"}']

    def packet(self, pcm: bytes) -> bytes:
        return self._head + pcm

    def take(self, message: dict[str, object]) -> None:
        kind = message.get("type")
        if kind == "ready":
            self.ready = True
        elif kind == "final":
            self.committed = f"{self.committed} {message['text']}".strip()
            self.tail = ""
        elif kind == "realtime":
            self.tail = str(message["text"])
        elif kind == "error" and not self.ready:
            self.refused = str(message.get("message"))


PEERS: Final[dict[str, Peer]] = {peer.name: peer for peer in (WhisperLive(), WhisperLiveKit(), RealtimeStt())}
