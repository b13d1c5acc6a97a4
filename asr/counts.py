"""What operators want to know of a recogniser."""

from dataclasses import dataclass


@dataclass(slots=True)
class AsrCounts:
    """Counters; they only rise. Read by the application for its metrics."""

    frames: int = 0
    bad_frames: int = 0
    refused_frames: int = 0
    """Of calls that were refused because the machine is full."""
    lost_samples: int = 0
    encoder_windows: int = 0
    finals: int = 0
    early_finals: int = 0
    """Finals that were transcribed before their endpoint."""
    partials: int = 0
    stale_partials: int = 0
    """Partials that were not transcribed: a newer one came, or their audio had piled up."""
    failed_windows: int = 0
    """Windows that the recogniser could not take: finals without a text."""
