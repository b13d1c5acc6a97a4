"""The audio frame: a fixed piece of one channel's audio, as it travels on `call.audio`.

Wire format, little endian, 48 bytes of header and then the payload in its own codec:

| bytes | field |
|---|---|
| 2 | magic `SF` |
| 1 | version, 1 |
| 1 | codec: 1 µ-law, 2 signed 16-bit PCM |
| 1 | channel, 0-based |
| 1 | role: 0 unknown, 1 caller, 2 agent |
| 2 | flags: 1 last frame of the channel, 2 on hold |
| 4 | rate_hz |
| 4 | number of samples |
| 8 | start_sample, counted from the channel's first sample |
| 8 | heard_ms, wall time at which the frame's last sample arrived |
| 16 | contact id, a UUID |
"""

import struct
import uuid
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final

import numpy as np
import numpy.typing as npt

from contracts.errors import BadFrame
from contracts.event import Role

FRAME_MS: Final = 100
"""Length of a usual frame. 100-200 ms keeps a record small and the message rate at 10 a second a channel."""

RATES_HZ: Final = (8000, 16000)
"""Rates on the bus: telephony's own and Whisper's. Ingest resamples everything else."""

MAX_SAMPLES: Final = 16000 * 2
"""A frame longer than two seconds is refused: it would hide latency and unbound memory."""

_HEADER: Final = struct.Struct("<2sBBBBHIIQq16s")
_MAGIC: Final = b"SF"
_VERSION: Final = 1

Pcm16 = npt.NDArray[np.int16]


class Codec(IntEnum):
    MULAW = 1
    PCM16 = 2


class FrameFlag(IntFlag):
    NONE = 0
    LAST = 1
    """The channel ends after this frame; the payload may be empty."""
    HELD = 2
    """The call is on hold: what is heard is music, not speech."""


_ROLE_CODES: Final[dict[Role, int]] = {"unknown": 0, "caller": 1, "agent": 2}
_ROLES: Final[dict[int, Role]] = {code: role for role, code in _ROLE_CODES.items()}


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """A piece of one channel's audio. `payload` holds `samples` samples in `codec`."""

    contact_id: str
    channel: int
    role: Role
    codec: Codec
    rate_hz: int
    start_sample: int
    samples: int
    heard_ms: int
    payload: bytes
    flags: FrameFlag = FrameFlag.NONE

    @property
    def end_sample(self) -> int:
        return self.start_sample + self.samples

    def encode(self) -> bytes:
        """The frame as bytes for the bus."""
        return (
            _HEADER.pack(
                _MAGIC,
                _VERSION,
                self.codec,
                self.channel,
                _ROLE_CODES[self.role],
                self.flags,
                self.rate_hz,
                self.samples,
                self.start_sample,
                self.heard_ms,
                uuid.UUID(self.contact_id).bytes,
            )
            + self.payload
        )

    def pcm16(self) -> Pcm16:
        """The samples as int16, shape (samples,), at `rate_hz`."""
        if self.codec is Codec.MULAW:
            return mulaw_decode(self.payload)
        return np.frombuffer(self.payload, dtype="<i2")


def decode_frame(value: bytes) -> AudioFrame:
    """Read a frame from the bus.

    Raises:
        BadFrame: the bytes are not a frame of this version, or its parts contradict each other.
    """
    if len(value) < _HEADER.size:
        raise _bad("머리글이 잘렸습니다", f"header truncated: {len(value)} of {_HEADER.size} bytes")
    magic, version, codec, channel, role, flags, rate_hz, samples, start_sample, heard_ms, contact = (
        _HEADER.unpack_from(value)
    )
    if magic != _MAGIC or version != _VERSION:
        raise _bad("오디오 프레임이 아니거나 판이 다릅니다", f"not a version {_VERSION} audio frame")
    if codec not in (Codec.MULAW, Codec.PCM16) or role not in _ROLES:
        raise _bad("모르는 코덱이나 역할입니다", f"unknown codec {codec} or role {role}")
    if rate_hz not in RATES_HZ or samples > MAX_SAMPLES:
        raise _bad("표본율이나 길이가 맞지 않습니다", f"rate {rate_hz} Hz or {samples} samples not allowed")
    payload = value[_HEADER.size :]
    if len(payload) != samples * (1 if codec == Codec.MULAW else 2):
        raise _bad("내용의 길이가 머리글과 다릅니다", f"{len(payload)} bytes for {samples} samples")
    return AudioFrame(
        contact_id=str(uuid.UUID(bytes=contact)),
        channel=channel,
        role=_ROLES[role],
        codec=Codec(codec),
        rate_hz=rate_hz,
        start_sample=start_sample,
        samples=samples,
        heard_ms=heard_ms,
        payload=payload,
        flags=FrameFlag(flags),
    )


def _bad(ko: str, en: str) -> BadFrame:
    return BadFrame(f"통화 오디오 기록을 읽을 수 없어 건너뜁니다: {ko}.", f"audio record skipped: {en}.")


def _mulaw_table() -> Pcm16:
    """ITU-T G.711 µ-law, byte to 16-bit sample."""
    codes = ~np.arange(256, dtype=np.uint8)
    exponent = (codes >> 4) & 7
    mantissa = (codes & 15).astype(np.int32)
    magnitude = ((mantissa << 3) + 0x84 << exponent.astype(np.int32)) - 0x84
    return np.where(codes & 0x80, -magnitude, magnitude).astype(np.int16)


_MULAW_TO_PCM: Final = _mulaw_table()


def _pcm_table() -> npt.NDArray[np.uint8]:
    """Nearest µ-law byte for each 16-bit sample, indexed by the sample's bits as uint16."""
    levels = np.argsort(_MULAW_TO_PCM, kind="stable")
    # Two codes mean zero; silence on a line is 0xff.
    levels = levels[levels != 0x7F]
    values = _MULAW_TO_PCM[levels].astype(np.int32)
    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    above = np.clip(np.searchsorted(values, samples), 1, len(values) - 1)
    nearest = np.where(samples - values[above - 1] <= values[above] - samples, above - 1, above)
    table: npt.NDArray[np.uint8] = levels[nearest].astype(np.uint8)
    return table


_PCM_TO_MULAW: Final = _pcm_table()


def mulaw_decode(payload: bytes) -> Pcm16:
    """G.711 µ-law bytes to int16 samples."""
    return _MULAW_TO_PCM[np.frombuffer(payload, dtype=np.uint8)]


def mulaw_encode(samples: Pcm16) -> bytes:
    """int16 samples to the nearest G.711 µ-law bytes."""
    return _PCM_TO_MULAW[samples.view(np.uint16)].tobytes()
