"""What every event on the bus has in common."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

SCHEMA_VERSION: Final = 1
"""Rises when a reader of the old schema could misread the new one; new optional fields do not raise it."""

ContactId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$")]
"""A UUID in lower-case text. All records of a contact have it as their key, so they keep their order."""

Role = Literal["caller", "agent", "unknown"]

Language = Literal["ko", "en", "zh", "ja", "vi", "mn"]
"""ISO 639-1 codes of the languages that 120 serves."""


class Model(BaseModel):
    """A frozen value. Unknown fields are ignored, so that an older reader survives a newer writer."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Model):
    """Base of all events; `type` (set by each family) tells them apart in JSON."""

    schema_version: Literal[1] = SCHEMA_VERSION
    contact_id: ContactId
    at_ms: int
    """Wall time of publication, ms since 1970 UTC: each hop stamps its own event."""
    trace: str | None = None
    """W3C `traceparent` of the work that led to the event, where tracing is on."""
