"""How summary drafts fare: the JSON of `/api/quality`, for supervisors."""

from contracts.event import Model


class DraftFigures(Model):
    """Of contacts whose summary was saved within some time."""

    saved: int
    """Summaries saved."""
    drafted: int
    """Of these, begun from a draft."""
    unedited: int
    """Of these, saved as they were drafted."""
    edit_share_p50: float | None = None
    """Characters changed per character of draft and text (normalised Levenshtein, 0-1), median; None without drafts."""
    edit_share_p90: float | None = None
    kept_chars: int = 0
    """Characters of drafts that stand in the saved texts."""
    seconds_saved: float = 0.0
    """An estimate: `kept_chars` at the site's typing speed, in seconds."""
    after_call_s_p50: float | None = None
    """From the end of the contact to the save, median."""
    after_call_s_p90: float | None = None
    withheld: int = 0
    """Lines that were withheld."""
    doubts: int = 0
    """Pieces that were marked as said by nobody."""
    fallbacks: int = 0
    """Drafts that the language model was to write and did not."""


class DraftDay(Model):
    date: str
    figures: DraftFigures


class EngineFigures(Model):
    engine: str
    figures: DraftFigures


class FieldFigures(Model):
    field: str
    drafted: int
    unedited: int


class DraftQuality(Model):
    """GET /api/quality/summaries?days=30 → for supervisors and admins."""

    days: tuple[DraftDay, ...]
    """Oldest first, days without a save left out."""
    engines: tuple[EngineFigures, ...]
    fields: tuple[FieldFigures, ...]
    total: DraftFigures
    typing_chars_per_s: float
