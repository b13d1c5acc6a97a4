"""How a contact is heard: sounds that are no speech, how much is transcribed, and in which language."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.contact import LanguageChosen
from contracts.transcript import LanguageDetected, RecognitionChanged, SoundHeard
from store.tables import OPEN_END_MS, ChosenRow, DetectedRow, RecognitionRow, SoundRow
from store.upsert import put_newer


@dataclass(frozen=True, slots=True)
class Hearing:
    sounds: tuple[SoundHeard, ...] = ()
    """By start, then channel, then id."""
    recognition: RecognitionChanged | None = None
    detected: LanguageDetected | None = None
    chosen: LanguageChosen | None = None


async def upsert(
    session: AsyncSession, event: SoundHeard | RecognitionChanged | LanguageDetected | LanguageChosen
) -> bool:
    """Keep the event, unless what is known is as new: a sound by its end, recognition by its revision,
    a language by its wall time.

    Returns:
        Whether anything changed.
    """
    row: dict[str, object] = {"contact_id": event.contact_id, "event": event}
    match event:
        case SoundHeard():
            end_ms = OPEN_END_MS if event.end_ms is None else event.end_ms
            row |= {"sound_id": event.sound_id, "start_ms": event.start_ms, "channel": event.channel}
            return await put_newer(
                session, SoundRow, row | {"end_ms": end_ms}, key="sound_id", order="end_ms"
            )
        case RecognitionChanged():
            row |= {"revision": event.revision}
            return await put_newer(session, RecognitionRow, row, key="contact_id")
        case LanguageDetected():
            row |= {"at_ms": event.at_ms}
            return await put_newer(session, DetectedRow, row, key="contact_id", order="at_ms")
        case LanguageChosen():
            row |= {"at_ms": event.at_ms}
            return await put_newer(session, ChosenRow, row, key="contact_id", order="at_ms")


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
