"""What a site needs, computed from what one channel asks for. Pure: `docs/capacity.md` explains the figures.

Nothing here was measured on a GPU. Encoder work is counted in floating-point operations of the architecture,
decoder work in steps of an assumed length.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from contracts.topics import CALL_AUDIO

_TERA: Final = 1e12
_MEL_FRAMES_A_POSITION: Final = 2
_FRAMES_A_SECOND: Final = 10
"""Records of `call.audio` a channel, `contracts.audio.FRAME_MS`."""
_FRAME_HEADER: Final = 48
_AUDIO_BYTES: Final = CALL_AUDIO.partitions * CALL_AUDIO.retention_bytes
"""A recogniser that is further behind than this loses audio."""
_ROOM: Final = 0.7
"""Of a device's throughput, what is used: the rest keeps queues short at the 95th percentile."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """A Whisper encoder; the defaults are large-v3-turbo's (its config.json)."""

    layers: int = 32
    width: int = 1280
    mel_bins: int = 128

    def tflop(self, mel_frames: int) -> float:
        """Encoding one window: projections, feed-forward, attention, and the two convolutions before them."""
        positions = mel_frames // _MEL_FRAMES_A_POSITION
        block = 24 * self.width**2 * positions + 4 * self.width * positions**2
        convolutions = 6 * self.width * (self.mel_bins * mel_frames + self.width * positions)
        return (self.layers * block + convolutions) / _TERA


@dataclass(frozen=True, slots=True)
class Policy:
    """What a second of speech asks of the model: windows by length in mel frames.

    The defaults were measured with `sangdam bench asr` on a machine that had time: `windows_per_s_of_speech`.
    """

    partials: Mapping[int, float] = field(default_factory=lambda: {400: 1.9, 600: 0.5, 1000: 0.04})
    finals: Mapping[int, float] = field(default_factory=lambda: {1500: 0.3})
    tokens: int = 20
    """Decoded in one window, in the mean: Korean speech has four or five tokens a second."""

    @property
    def windows(self) -> float:
        return sum(self.partials.values()) + sum(self.finals.values())

    def encoder_tflop(self, model: Architecture) -> float:
        """For a second of speech."""
        asked = (*self.partials.items(), *self.finals.items())
        return sum(rate * model.tflop(frames) for frames, rate in asked)


POLICIES: Final[Mapping[str, Policy]] = {
    "free": Policy(),
    "loaded": Policy(partials={400: 0.77, 600: 0.2, 1000: 0.03}),
    "finals_only": Policy(partials={}),
}
"""Partials as on a free machine; one a second, as the cadence stretches; none, past capacity."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """One H200: dense bfloat16 throughput as read, the rest assumed."""

    tflops: float = 790
    utilisation: float = 0.4
    batch: int = 16
    step_ms: float = 1.0
    """One decoding step of a batch: four small layers, bound by launches and memory, not by arithmetic."""

    def busy(self, policy: Policy, model: Architecture) -> tuple[float, float]:
        """Seconds of encoder and decoder for one second of speech."""
        encoder = policy.encoder_tflop(model) / (self.tflops * self.utilisation)
        return encoder, policy.windows * policy.tokens * self.step_ms / 1000 / self.batch


@dataclass(frozen=True, slots=True)
class Machine:
    """CPU seconds a channel and second of audio, measured on one x86-64 core."""

    vad_channels: float = 761
    """Channels a core, 8 kHz, batches of 32."""
    ingest_us: float = 11
    """µ-law frame: cut, encode codec and header."""
    read_us: float = 10
    """µ-law frame: header and decode."""
    mel_ms: float = 0.42
    """Log-mel of one second at 8 kHz, 128 bins; of speech, each frame once."""
    bus_us: float = 180
    """A record through the embedded bus, with what ingest, service and event loop do for it; 250 channels."""


def site(
    channels: int,
    *,
    policy: Policy,
    share: float = 0.4,
    model: Architecture | None = None,
    gpu: Gpu | None = None,
    machine: Machine | None = None,
    transcript_per_minute: float = 51,
    transcript_bytes: float = 425,
) -> dict[str, float]:
    """What so many channels need.

    Args:
        channels: at once; two a call.
        policy: windows a second of speech.
        share: of speech in a channel, 0-1.
        model: the encoder.
        gpu: the device.
        machine: CPU costs.
        transcript_per_minute: records on `transcript` a channel.
        transcript_bytes: of one of them.
    """
    model, gpu, machine = model or Architecture(), gpu or Gpu(), machine or Machine()
    encoder_s, decoder_s = gpu.busy(policy, model)
    channels_a_gpu = _ROOM / (share * (encoder_s + decoder_s))
    frames = channels * _FRAMES_A_SECOND
    transcript = channels * transcript_per_minute / 60
    texts = transcript * transcript_bytes
    mulaw, pcm16 = frames * (_FRAME_HEADER + 800), frames * (_FRAME_HEADER + 1600)
    return {
        "channels": channels,
        "encoder_tflop_per_s_of_speech": round(policy.encoder_tflop(model), 3),
        "gpu_encoder_s_per_s_of_speech": round(encoder_s, 5),
        "gpu_decoder_s_per_s_of_speech": round(decoder_s, 5),
        "channels_per_gpu_encoder_only_full": round(1 / (share * encoder_s)),
        "channels_per_gpu": round(channels_a_gpu),
        "gpus": round(channels / channels_a_gpu, 2),
        "vad_cores": round(channels / machine.vad_channels, 2),
        "codec_cores": round(frames * (machine.ingest_us + machine.read_us) / 1e6, 2),
        "mel_cores": round(channels * share * machine.mel_ms / 1000, 2),
        "bus_cores": round(frames * machine.bus_us / 1e6, 2),
        "messages_per_s": round(frames + transcript),
        "mb_per_s_mulaw": round((mulaw + texts) / 1e6, 1),
        "mb_per_s_pcm16": round((pcm16 + texts) / 1e6, 1),
        "audio_kept_s_mulaw": round(_AUDIO_BYTES / mulaw),
        "audio_kept_s_pcm16": round(_AUDIO_BYTES / pcm16),
    }
