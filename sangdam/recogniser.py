"""The recogniser of this machine: which weights, on which device, at which precision."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asr.scheduler import SchedulerSettings
from asr.service import AsrService, AsrSettings
from bus.base import Bus
from contracts.event import Language
from models.diarizer import Diarizer, PyannoteDiarizer, VoiceDiarizer
from models.download import Progress, pull
from models.hardware import default_compute_type, detect
from models.resolve import resolve_whisper
from models.speaker import SpeakerEmbedding
from models.vad import VoiceActivity
from models.whisper import Whisper
from sangdam.settings import Settings

THREADS_A_WORKER: Final = 1
"""Batches side by side use the cores better than threads within one batch: decoding hardly gains from them."""
GPU_BATCH: Final = 16
"""Not measured: no GPU was at hand."""
GPU_WORKERS: Final = 2
"""One prepares its features while the other's batch is on the device."""


@dataclass(frozen=True, slots=True)
class Recogniser:
    """Loaded models, ready to serve."""

    path: Path
    device: str
    compute_type: str
    whisper: Whisper
    voice: VoiceActivity
    language: Language

    def settings(self) -> AsrSettings:
        """What suits the device."""
        workers = self.whisper.workers
        scheduler = (
            SchedulerSettings(workers=workers, max_finals=GPU_BATCH, max_partials=GPU_BATCH)
            if self.device == "cuda"
            else SchedulerSettings(workers=workers)
        )
        return AsrSettings(language=self.language, scheduler=scheduler)

    def service(self, bus: Bus, settings: AsrSettings | None = None) -> AsrService:
        """A worker on a bus."""
        return AsrService(bus, self.whisper, self.voice, settings or self.settings())


def load_recogniser(options: Settings, progress: Progress | None = None) -> Recogniser:
    """Find or fetch the weights and load them. Blocks for about a second, or for a download."""
    path = resolve_whisper(options.model, options.models_dir, offline=options.offline, progress=progress)
    voice = load_voice(options, progress)
    hardware = detect()
    compute_type = default_compute_type(hardware.device, hardware.compute_types.get(hardware.device))
    cores = options.threads or hardware.cores
    threads = THREADS_A_WORKER if hardware.device == "cpu" else 1
    whisper = Whisper(
        path,
        device=hardware.device,
        device_index=list(range(hardware.gpus)) or 0,
        compute_type=compute_type,
        threads=min(threads, cores),
        workers=max(1, cores // threads) if hardware.device == "cpu" else GPU_WORKERS,
    )
    return Recogniser(
        path,
        hardware.device,
        compute_type,
        whisper,
        voice,
        options.language,
    )


def load_voice(options: Settings, progress: Progress | None = None) -> VoiceActivity:
    """Voice activity alone: 2 MB."""
    silero = pull("silero-vad", options.models_dir, progress=progress, offline=options.offline)
    return VoiceActivity(silero / "silero_vad.onnx")


def choose_diarizer(options: Settings, voice: VoiceActivity) -> Diarizer | None:
    """Who tells the speakers of a mono recording apart; loads its weights at the first one.

    It never downloads: a recording should not wait for that. `sangdam models pull campplus` does.
    """
    if options.diarizer == "off":
        return None
    if options.diarizer:
        return PyannoteDiarizer(options.diarizer)

    def load() -> SpeakerEmbedding:
        return SpeakerEmbedding(pull("campplus", options.models_dir, offline=True) / "campplus.pt")

    return VoiceDiarizer(voice, load)
