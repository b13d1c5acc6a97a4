"""Real files of many kinds, good and bad."""

import itertools
import struct
from pathlib import Path

import av
import numpy as np
import pytest

from contracts.audio import mulaw_encode
from contracts.errors import BadAudio
from ingest import media as media_module
from ingest.media import open_media, read_blocks

SECONDS = 1.5
LEFT_HZ, RIGHT_HZ = 440, 1000


def tones(rate_hz: int, channels: int, seconds: float = SECONDS) -> np.ndarray:
    """A tone on each side, shape (samples, channels), int16."""
    at = np.arange(round(rate_hz * seconds)) / rate_hz
    sides = [np.sin(2 * np.pi * pitch * at) for pitch in (LEFT_HZ, RIGHT_HZ)]
    return np.rint(8000 * np.stack(sides[:channels], axis=1)).astype(np.int16)


ENCODERS = {"wav": "pcm_s16le", "flac": "flac", "mp3": "libmp3lame", "m4a": "aac", "ogg": "libopus"}


def write(folder: Path, kind: str, rate_hz: int, channels: int, seconds: float = SECONDS) -> Path:
    """The tones as a file of a kind."""
    path = folder / f"tones.{kind}"
    if kind == "wav":
        return write_wav(path, tones(rate_hz, channels, seconds), rate_hz)
    layout = "mono" if channels == 1 else "stereo"
    with av.open(str(path), "w") as file:
        stream = file.add_stream(ENCODERS[kind], rate=rate_hz, layout=layout)
        encode(file, stream, tones(rate_hz, channels, seconds))
    return path


def encode(file, stream, samples: np.ndarray) -> None:
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout=stream.layout.name)
    frame.sample_rate = stream.rate
    convert = av.AudioResampler(stream.format, stream.layout, stream.rate, frame_size=stream.frame_size)
    for piece in [*convert.resample(frame), *convert.resample(None), None]:
        file.mux(stream.encode(piece))


def write_wav(path: Path, samples: np.ndarray, rate_hz: int, *, tag: int = 1) -> Path:
    """Samples of shape (n, channels) as they are: tag 1 is PCM, 3 float, 6 A-law, 7 µ-law."""
    channels, width = samples.shape[1], samples.itemsize
    form = struct.pack(
        "<HHIIHH", tag, channels, rate_hz, rate_hz * channels * width, channels * width, 8 * width
    )
    data = samples.tobytes()
    chunks = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(chunks)) + chunks)
    return path


def whole(path: Path) -> np.ndarray:
    return np.concatenate(list(read_blocks(open_media(path))))


def pitch(samples: np.ndarray, rate_hz: int) -> float:
    middle = samples[len(samples) // 4 : len(samples) // 4 + rate_hz // 2].astype(float)
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    return spectrum.argmax() * rate_hz / len(middle)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("kind", "rate_hz"),
    # Opus itself knows no 44.1 kHz.
    sorted(set(itertools.product(ENCODERS, [8000, 16_000, 44_100, 48_000])) - {("ogg", 44_100)}),
)
def test_files_as_they_come(tmp_path, kind, rate_hz, channels):
    path = write(tmp_path, kind, rate_hz, channels)
    found = open_media(path)
    assert (found.path, found.channels) == (path, channels)
    assert found.rate_hz == (8000 if found.file_rate_hz == 8000 else 16000)
    # Coders work in blocks; AAC has 1024 samples, and one more at the beginning.
    assert SECONDS - 0.01 < found.seconds < SECONDS + 0.01 + 2 * 1024 / rate_hz
    samples = whole(path)
    assert samples.dtype == np.int16
    assert samples.shape[1] == channels
    assert len(samples) / found.rate_hz == pytest.approx(found.seconds, abs=0.01)
    for side, expected in zip(samples.T, (LEFT_HZ, RIGHT_HZ), strict=False):
        assert pitch(side, found.rate_hz) == pytest.approx(expected, abs=4)
        assert 6000 < np.abs(side[len(side) // 4 :][: found.rate_hz // 2]).max() < 10_000


@pytest.mark.parametrize("kind", ["wav", "flac"])
@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_what_needs_no_conversion_comes_bit_by_bit(tmp_path, kind, rate_hz):
    assert np.array_equal(whole(write(tmp_path, kind, rate_hz, 2)), tones(rate_hz, 2))


@pytest.mark.parametrize("rate_hz", [11_025, 22_050, 44_100, 48_000])
def test_resampling_has_no_edges_between_blocks(tmp_path, rate_hz):
    samples = whole(write(tmp_path, "wav", rate_hz, 1))[:, 0].astype(float)
    assert len(samples) == pytest.approx(SECONDS * 16000, abs=2)
    ideal = 8000 * np.sin(2 * np.pi * LEFT_HZ * np.arange(len(samples)) / 16000)
    assert np.abs(samples - ideal)[400:-400].max() < 30


@pytest.mark.parametrize(
    ("tag", "convert"),
    [
        (1, lambda tone: ((tone >> 8) + 128).astype(np.uint8)),
        (1, lambda tone: tone.astype("<i4") << 16),
        (3, lambda tone: (tone / 32768).astype("<f4")),
        (3, lambda tone: (tone / 32768).astype("<f8")),
        (7, lambda tone: np.frombuffer(mulaw_encode(tone[:, 0]), np.uint8)[:, None]),
    ],
    ids=["8 bit", "32 bit", "float", "double", "mulaw"],
)
def test_sample_formats_of_wav(tmp_path, tag, convert):
    tone = tones(8000, 1)
    written = convert(tone)
    loss = 260 if written.itemsize == 1 else 1
    assert (
        np.abs(whole(write_wav(tmp_path / "call.wav", written, 8000, tag=tag)).astype(int) - tone).max()
        <= loss
    )


def test_a_wav_from_a_pipe_has_no_length_and_is_played(tmp_path):
    path = write(tmp_path, "wav", 8000, 1)
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    for promised in (0xFFFFFFFF, 0x7FFFFFFF - 36, 0):
        data[at : at + 4] = struct.pack("<I", promised)
        path.write_bytes(data)
        assert open_media(path).seconds == pytest.approx(SECONDS, abs=0.01)


def refused(path: Path) -> BadAudio:
    with pytest.raises(BadAudio) as caught:
        open_media(path)
    assert path.name in caught.value.ko
    assert path.name in caught.value.en
    assert str(path.parent) not in str(caught.value)
    return caught.value


def test_a_missing_file(tmp_path):
    assert "없습니다" in refused(tmp_path / "none.wav").ko


def test_a_folder(tmp_path):
    folder = tmp_path / "folder.wav"
    folder.mkdir()
    refused(folder)


@pytest.mark.parametrize("name", ["text.wav", "text.txt", "text.mp3", "text"])
def test_a_text_file(tmp_path, name):
    path = tmp_path / name
    path.write_text("이것은 소리가 아닙니다.\n" * 200)
    refused(path)


@pytest.mark.parametrize("name", ["noise.mp3", "noise.wav", "noise.bin", "noise.ogg"])
def test_random_bytes(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(np.random.default_rng(1).bytes(5_000))
    refused(path)


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "m4a", "ogg"])
def test_an_empty_file(tmp_path, kind):
    path = tmp_path / f"empty.{kind}"
    path.touch()
    refused(path)


def test_no_samples(tmp_path):
    refused(write_wav(tmp_path / "none.wav", np.zeros((0, 1), np.int16), 8000))


def test_next_to_no_samples(tmp_path):
    assert "비어" in refused(write(tmp_path, "wav", 8000, 1, seconds=0.05)).ko
    assert open_media(write(tmp_path, "wav", 8000, 1, seconds=0.1)).seconds == 0.1


@pytest.mark.parametrize("kind", ["wav", "flac", "m4a"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_file_that_was_cut_off(tmp_path, kind, share):
    path = write(tmp_path, kind, 8000, 1, seconds=8)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    refused(path)


def test_a_cut_off_wav_is_told_in_seconds(tmp_path):
    path = write(tmp_path, "wav", 8000, 1, seconds=8)
    path.write_bytes(path.read_bytes()[: 44 + 3 * 16_000])
    error = refused(path)
    assert "8.0초 중 3.0초" in error.ko
    assert "3.0 of 8.0 s" in error.en


@pytest.mark.parametrize("rate_hz", [1000, 4000, 7999, 96_000, 192_000])
def test_rates_that_are_no_telephone_or_microphone(tmp_path, rate_hz):
    path = write_wav(tmp_path / "rate.wav", np.zeros((rate_hz, 1), np.int16), rate_hz)
    assert str(rate_hz) in refused(path).ko


@pytest.mark.parametrize("channels", [3, 6])
def test_more_than_two_channels(tmp_path, channels):
    path = write_wav(tmp_path / "many.wav", np.zeros((8000, channels), np.int16), 8000)
    assert f"{channels} channels" in refused(path).en


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", ["<f4", "<f8"])
def test_samples_that_are_no_numbers(tmp_path, bad, kind):
    samples = np.zeros((8000, 1), kind)
    samples[7_000] = bad
    assert "NaN" in refused(write_wav(tmp_path / "nan.wav", samples, 8000, tag=3)).en


def film(path: Path, *, sound: bool) -> Path:
    """Black pictures, and the tone if wanted."""
    with av.open(str(path), "w") as file:
        pictures = file.add_stream("mpeg4", rate=10, width=64, height=64, pix_fmt="yuv420p")
        if sound:
            encode(file, file.add_stream("aac", rate=16_000, layout="mono"), tones(16_000, 1))
        for _ in range(15):
            file.mux(pictures.encode(av.VideoFrame(64, 64, "yuv420p")))
        file.mux(pictures.encode(None))
    return path


def test_a_film_without_sound(tmp_path):
    assert "소리가 없습니다" in refused(film(tmp_path / "film.mp4", sound=False)).ko


def test_the_sound_of_a_film_is_played(tmp_path):
    path = film(tmp_path / "film.mp4", sound=True)
    assert open_media(path).seconds == pytest.approx(SECONDS, abs=0.15)
    assert pitch(whole(path)[:, 0], 16_000) == pytest.approx(LEFT_HZ, abs=4)


def test_too_long_a_file_is_not_decoded_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(media_module, "MAX_SECONDS", 1)
    assert "4 h" in refused(write(tmp_path, "flac", 8000, 1)).en


def test_a_header_that_is_not_at_its_usual_place(tmp_path):
    """A list of tags before the data, as many recorders write it."""
    path = write_wav(tmp_path / "tags.wav", tones(8000, 1), 8000)
    plain = path.read_bytes()
    tags = b"LIST" + struct.pack("<I", 12) + b"INFOICMT\x00\x00\x00\x00"
    path.write_bytes(plain[:36] + tags + plain[36:])
    assert open_media(path).seconds == SECONDS
