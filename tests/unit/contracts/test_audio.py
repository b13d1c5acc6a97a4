import struct
import uuid

import av
import numpy as np
import pytest
from av.audio.codeccontext import AudioCodecContext
from hypothesis import given
from hypothesis import strategies as st

from contracts.audio import (
    MAX_SAMPLES,
    RATES_HZ,
    AudioFrame,
    Codec,
    FrameFlag,
    decode_frame,
    mulaw_decode,
    mulaw_encode,
)
from contracts.errors import BadFrame

CONTACT = "6f2c1f2e-54f0-4b3a-9d53-0a6c63a0f4b1"
ALL_CODES = bytes(range(256))


def make(**changed) -> AudioFrame:
    fields = {
        "contact_id": CONTACT,
        "channel": 1,
        "role": "caller",
        "codec": Codec.PCM16,
        "rate_hz": 8000,
        "start_sample": 12_800,
        "samples": 3,
        "heard_ms": 1_763_000_000_123,
        "payload": struct.pack("<3h", 1, -2, 32767),
        "flags": FrameFlag.NONE,
    }
    return AudioFrame(**(fields | changed))


@st.composite
def frames(draw):
    codec = draw(st.sampled_from(Codec))
    samples = draw(st.integers(0, 50))
    size = samples if codec is Codec.MULAW else 2 * samples
    return AudioFrame(
        contact_id=str(draw(st.uuids())),
        channel=draw(st.integers(0, 255)),
        role=draw(st.sampled_from(["unknown", "caller", "agent"])),
        codec=codec,
        rate_hz=draw(st.sampled_from(RATES_HZ)),
        start_sample=draw(st.integers(0, 2**40)),
        samples=samples,
        heard_ms=draw(st.integers(-(2**40), 2**45)),
        payload=draw(st.binary(min_size=size, max_size=size)),
        flags=FrameFlag(draw(st.integers(0, 3))),
    )


@given(frames())
def test_a_frame_comes_back_as_it_was(frame):
    assert decode_frame(frame.encode()) == frame


def test_bytes_on_the_wire_are_those_of_the_table():
    value = make(flags=FrameFlag.LAST | FrameFlag.HELD).encode()
    assert value[:8] == b"SF\x01\x02\x01\x01\x03\x00"
    assert int.from_bytes(value[8:12], "little") == 8000
    assert int.from_bytes(value[12:16], "little") == 3
    assert int.from_bytes(value[16:24], "little") == 12_800
    assert int.from_bytes(value[24:32], "little") == 1_763_000_000_123
    assert value[32:48] == uuid.UUID(CONTACT).bytes
    assert value[48:] == b"\x01\x00\xfe\xff\xff\x7f"


def test_samples_are_little_endian_int16():
    frame = make()
    assert frame.pcm16().tolist() == [1, -2, 32767]
    assert frame.end_sample == 12_803


def test_mulaw_payload_becomes_samples():
    frame = make(codec=Codec.MULAW, samples=2, payload=b"\x80\x00")
    assert decode_frame(frame.encode()).pcm16().tolist() == [32124, -32124]


@pytest.mark.parametrize(
    ("at", "bytes_there"),
    [
        (0, b"XF"),
        (2, b"\x02"),
        (3, b"\x00"),
        (3, b"\x03"),
        (5, b"\x03"),
        (8, (44_100).to_bytes(4, "little")),
        (8, (0).to_bytes(4, "little")),
        (12, (4).to_bytes(4, "little")),
        (12, (2).to_bytes(4, "little")),
    ],
    ids=["magic", "version", "codec 0", "codec 3", "role", "44.1 kHz", "0 Hz", "too few bytes", "too many"],
)
def test_a_header_that_does_not_fit_is_refused(at, bytes_there):
    value = bytearray(make().encode())
    value[at : at + len(bytes_there)] = bytes_there
    with pytest.raises(BadFrame) as refused:
        decode_frame(bytes(value))
    assert refused.value.code == "bad-frame"
    assert refused.value.ko
    assert refused.value.en


@pytest.mark.parametrize("length", [0, 1, 47])
def test_a_cut_header_is_refused(length):
    with pytest.raises(BadFrame, match=f"{length} of 48"):
        decode_frame(make().encode()[:length])


def test_a_frame_longer_than_two_seconds_is_refused():
    longest = make(codec=Codec.MULAW, samples=MAX_SAMPLES, payload=bytes(MAX_SAMPLES))
    assert decode_frame(longest.encode()).samples == MAX_SAMPLES
    longer = make(codec=Codec.MULAW, samples=MAX_SAMPLES + 1, payload=bytes(MAX_SAMPLES + 1))
    with pytest.raises(BadFrame):
        decode_frame(longer.encode())


@given(st.binary(max_size=80))
def test_any_bytes_are_a_frame_or_refused(value):
    try:
        decode_frame(value)
    except BadFrame:
        return


def g711(code: int) -> int:
    """ITU-T G.711 table 2a/2b as the usual formula, step by step for one code."""
    code = ~code & 0xFF
    sign, exponent, mantissa = code & 0x80, code >> 4 & 7, code & 15
    magnitude = (mantissa * 2 + 33) * 2**exponent - 33
    return -magnitude * 4 if sign else magnitude * 4


def test_every_mulaw_code_has_the_value_of_the_formula():
    assert mulaw_decode(ALL_CODES).tolist() == [g711(code) for code in range(256)]


def test_every_mulaw_code_has_the_value_that_ffmpeg_gives():
    context = AudioCodecContext.create("pcm_mulaw", "r")
    context.sample_rate = 8000
    context.layout = "mono"
    (frame,) = context.decode(av.Packet(ALL_CODES))
    assert mulaw_decode(ALL_CODES).tolist() == frame.to_ndarray().reshape(-1).tolist()


def test_every_sample_takes_its_nearest_code():
    samples = np.arange(-32768, 32768).astype(np.int16)
    errors = np.abs(mulaw_decode(mulaw_encode(samples)).astype(int) - samples)
    values = np.array(sorted({g711(code) for code in range(256)}))
    above = np.clip(np.searchsorted(values, samples), 1, len(values) - 1)
    best = np.minimum(np.abs(values[above - 1] - samples), np.abs(values[above] - samples))
    assert (errors == best).all()


def test_codes_survive_decoding_and_encoding():
    # 0x7f and 0xff are both zero; silence on a line is 0xff.
    expected = ALL_CODES.replace(b"\x7f", b"\xff")
    assert mulaw_encode(mulaw_decode(ALL_CODES)) == expected


def test_samples_with_gaps_between_them_are_encoded_too():
    stereo = np.array([[100, -100], [2000, -2000], [30_000, -30_000]], np.int16)
    assert mulaw_encode(stereo[:, 1]) == mulaw_encode(np.array([-100, -2000, -30_000], np.int16))
