"""How a contact is heard: sounds that are no speech, how much is transcribed, and in which language."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.contact import LanguageChosen
from contracts.transcript import LanguageDetected, RecognitionChanged, SoundHeard
from store.tables import OPEN_END_MS, Base, ChosenRow, DetectedRow, RecognitionRow, SoundRow
from store.upsert import put_all_newer, put_newer

Heard = SoundHeard | RecognitionChanged | LanguageDetected | LanguageChosen


@dataclass(frozen=True, slots=True)
class Hearing:
    sounds: tuple[SoundHeard, ...] = ()
    """By start, then channel, then id."""
    recognition: RecognitionChanged | None = None
    detected: LanguageDetected | None = None
    chosen: LanguageChosen | None = None


async def upsert(session: AsyncSession, event: Heard) -> bool:
    """Keep the event, unless what is known is as new: a sound by its end, recognition by its revision,
    a language by its wall time.

    Returns:
        Whether anything changed.
    """
    table, key, order = _TABLES[type(event)]
    return await put_newer(session, table, _row(event), key=key, order=order)


async def upsert_many(session: AsyncSession, events: Sequence[Heard]) -> None:
    """As `upsert` of one after the other; all of the same kind, and at least one."""
    table, key, order = _TABLES[type(events[0])]
    await put_all_newer(session, table, [_row(event) for event in events], key=key, order=order)


async def of_contact(session: AsyncSession, contact_id: str) -> Hearing:
    sounds = (
        select(SoundRow.event)
        .where(SoundRow.contact_id == contact_id)
        .order_by(SoundRow.start_ms, SoundRow.channel, SoundRow.sound_id)
    )
    return Hearing(
        tuple(await session.scalars(sounds)),
        await session.scalar(select(RecognitionRow.event).where(RecognitionRow.contact_id == contact_id)),
        await session.scalar(select(DetectedRow.event).where(DetectedRow.contact_id == contact_id)),
        await session.scalar(select(ChosenRow.event).where(ChosenRow.contact_id == contact_id)),
    )


_TABLES: Final[dict[type[Heard], tuple[type[Base], str, str]]] = {
    SoundHeard: (SoundRow, "sound_id", "end_ms"),
    RecognitionChanged: (RecognitionRow, "contact_id", "revision"),
    LanguageDetected: (DetectedRow, "contact_id", "at_ms"),
    LanguageChosen: (ChosenRow, "contact_id", "at_ms"),
}
"""Table, key, and what tells new from old."""


def _row(event: Heard) -> dict[str, object]:
    row: dict[str, object] = {"contact_id": event.contact_id, "event": event}
    match event:
        case SoundHeard():
            end_ms = OPEN_END_MS if event.end_ms is None else event.end_ms
            row |= {"sound_id": event.sound_id, "start_ms": event.start_ms, "channel": event.channel}
            return row | {"end_ms": end_ms}
        case RecognitionChanged():
            return row | {"revision": event.revision}
        case LanguageDetected() | LanguageChosen():
            return row | {"at_ms": event.at_ms}
