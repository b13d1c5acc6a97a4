"""What operators want to know of ingest."""

from dataclasses import dataclass


@dataclass(slots=True)
class IngestCounts:
    """Only rises; read by the application for its metrics."""

    refused_calls: int = 0
    """Calls that came when this process had its fill."""
    orphans: int = 0
    """Calls of processes that died, ended by this one."""
    dropped_frames: int = 0
    """Frames of live calls that could not wait any longer for the bus; their audio is lost."""
