"""Any media file as call audio, by PyAV (FFmpeg). Checked whole before it is played."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
import soxr
from av.audio.frame import AudioFrame as AvFrame
from av.error import FFmpegError

from contracts.audio import Pcm16
from contracts.errors import BadAudio

MIN_RATE_HZ: Final = 8000
MAX_RATE_HZ: Final = 48000
MAX_SECONDS: Final = 4 * 3600
MIN_SECONDS: Final = 0.1
_TRUNCATED: Final = 0.98
"""Less decoded audio than this share of what the header promises: the file was cut off."""
_UNKNOWN_BYTES: Final = 0x7FFF0000


@dataclass(frozen=True, slots=True)
class Media:
    """A file that can be played as a call."""

    path: Path
    channels: int
    """1 or 2."""
    file_rate_hz: int
    rate_hz: int
    """Rate on the bus: 8000 stays 8000, everything else becomes 16000."""
    seconds: float


def open_media(path: Path, name: str = "") -> Media:
    """Check a file by decoding all of it.

    Args:
        path: the file.
        name: what its owner calls it, for the error; else its own name.

    Raises:
        BadAudio: not audio, cut off, empty, a rate outside 8-48 kHz, more than two channels, samples that
            are no numbers, or longer than four hours.
    """
    name = name or path.name
    if not path.is_file():
        raise BadAudio(
            f"파일 '{name}'이(가) 없습니다. 경로를 확인하십시오.", f"no file '{name}'; check the path."
        )
    try:
        return _checked(path, name)
    except FFmpegError as error:
        raise BadAudio(
            f"'{name}'은(는) 소리 파일이 아니거나 손상되었습니다. WAV, FLAC, MP3, M4A 등을 넣어 주십시오.",
            f"'{name}' is no audio file or is damaged ({error.strerror}); give WAV, FLAC, MP3, M4A or the like.",
        ) from None


def _checked(path: Path, name: str) -> Media:
    with av.open(str(path)) as container:
        if not container.streams.audio:
            raise BadAudio(f"'{name}'에 소리가 없습니다.", f"'{name}' has no audio track.")
        stream = container.streams.audio[0]
        rate, channels = stream.rate, stream.channels
        promised = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
        _check_shape(name, rate, channels)
        samples = 0
        for frame in container.decode(stream):
            samples += frame.samples
            if samples > MAX_SECONDS * rate:
                raise BadAudio(
                    f"'{name}'이(가) 4시간보다 깁니다. 나누어 넣어 주십시오.",
                    f"'{name}' is longer than 4 h; split it.",
                )
            if frame.format.name.startswith(("flt", "dbl")) and not np.isfinite(frame.to_ndarray()).all():
                raise BadAudio(
                    f"'{name}'에 숫자가 아닌 표본(NaN)이 있습니다. 파일을 다시 만들어 주십시오.",
                    f"'{name}' holds samples that are no numbers (NaN); export it again.",
                )
    seconds = samples / rate
    promised = _wav_promise(path) or promised
    if promised and seconds < promised * _TRUNCATED:
        raise BadAudio(
            f"'{name}'이(가) 중간에 잘렸습니다: {promised:.1f}초 중 {seconds:.1f}초만 있습니다. 원본을 다시 받아 주십시오.",
            f"'{name}' is cut off: {seconds:.1f} of {promised:.1f} s are there; get the original again.",
        )
    if seconds < MIN_SECONDS:
        raise BadAudio(f"'{name}'이(가) 비어 있습니다.", f"'{name}' is empty: {seconds:.2f} s of audio.")
    return Media(path, channels, rate, 8000 if rate == 8000 else 16000, seconds)


def _check_shape(name: str, rate_hz: int, channels: int) -> None:
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise BadAudio(
            f"'{name}'의 표본율 {rate_hz} Hz는 쓸 수 없습니다(8000-48000). 'ffmpeg -i 파일 -ar 16000 새파일.wav'로 바꾸십시오.",
            f"'{name}' has {rate_hz} Hz, usable are 8000-48000; convert: ffmpeg -i FILE -ar 16000 NEW.wav",
        )
    if channels not in (1, 2):
        raise BadAudio(
            f"'{name}'의 채널이 {channels}개입니다. 1개 또는 2개(왼쪽 상담사, 오른쪽 민원인)여야 합니다.",
            f"'{name}' has {channels} channels; one, or two (left agent, right caller) are expected.",
        )


def _wav_promise(path: Path) -> float | None:
    """Seconds that a RIFF header promises: FFmpeg itself takes what it finds."""
    with path.open("rb") as file:
        head = file.read(4096)
    at = head.find(b"data")
    form = head.find(b"fmt ")
    if head[:4] != b"RIFF" or at < 0 or form < 0:
        return None
    size = int.from_bytes(head[at + 4 : at + 8], "little")
    bytes_per_s = int.from_bytes(head[form + 16 : form + 20], "little")
    # Writers to a pipe do not know the length: they promise nothing, or about as much as fits.
    if not 0 < size < _UNKNOWN_BYTES or not bytes_per_s:
        return None
    return size / bytes_per_s


def read_blocks(media: Media) -> Iterator[Pcm16]:
    """The audio at `media.rate_hz` as int16 blocks of shape (samples, channels), as the decoder gives them."""
    resampler = (
        None
        if media.file_rate_hz == media.rate_hz
        else soxr.ResampleStream(media.file_rate_hz, media.rate_hz, media.channels, dtype="int16")
    )
    layout = "mono" if media.channels == 1 else "stereo"
    to_pcm16 = av.AudioResampler(format="s16", layout=layout)
    with av.open(str(media.path)) as container:
        for frame in container.decode(audio=0):
            for converted in to_pcm16.resample(frame):
                block = _samples(converted, media.channels)
                yield resampler.resample_chunk(block) if resampler else block
    if resampler:
        yield resampler.resample_chunk(np.zeros((0, media.channels), np.int16), last=True)


def _samples(frame: AvFrame, channels: int) -> Pcm16:
    return frame.to_ndarray().reshape(-1, channels).astype(np.int16, copy=False)
