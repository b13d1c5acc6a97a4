import itertools

import pytest

from contracts.contact import LanguageChosen
from contracts.transcript import LanguageDetected, RecognitionChanged, SoundHeard
from store import hearing
from store.hearing import Hearing

CONTACT = "00000000-0000-0000-0000-000000000001"


def sound(what: str, start_ms: int, end_ms: int | None, channel: int = 0) -> SoundHeard:
    return SoundHeard(
        contact_id=CONTACT,
        at_ms=1,
        sound_id=f"{CONTACT}/{channel}/{start_ms * 8}/{what}",
        sound=what,
        channel=channel,
        start_ms=start_ms,
        end_ms=end_ms,
    )


def recognition(mode: str, revision: int) -> RecognitionChanged:
    return RecognitionChanged(contact_id=CONTACT, at_ms=revision, mode=mode, revision=revision)


def detected(language: str, at_ms: int) -> LanguageDetected:
    return LanguageDetected(contact_id=CONTACT, at_ms=at_ms, language=language, probability=0.9)


def chosen(language: str, at_ms: int) -> LanguageChosen:
    return LanguageChosen(contact_id=CONTACT, at_ms=at_ms, language=language, staff_id="kim")


async def test_nothing_yet(session):
    assert await hearing.of_contact(session, CONTACT) == Hearing()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_whatever_the_order_the_newest_of_each_is_kept(session, order):
    for events in (
        [sound("music", 0, None), sound("music", 0, 900), sound("music", 0, 1200)],
        [recognition("finals", 1), recognition("refused", 2), recognition("full", 3)],
        [detected("en", 1), detected("ko", 2), detected("vi", 3)],
        [chosen("en", 1), chosen("ko", 2), chosen("vi", 3)],
    ):
        for index in (*order, *order):
            await hearing.upsert(session, events[index])
    newest = Hearing((sound("music", 0, 1200),), recognition("full", 3), detected("vi", 3), chosen("vi", 3))
    assert await hearing.of_contact(session, CONTACT) == newest


async def test_the_same_again_changes_nothing(session):
    for event in (sound("dtmf", 0, None), recognition("finals", 0), detected("en", 0), chosen("en", 0)):
        assert await hearing.upsert(session, event)
        assert not await hearing.upsert(session, event)


async def test_sounds_are_ordered_by_start_then_channel(session):
    for what, start_ms, channel in [("dtmf", 900, 0), ("music", 100, 1), ("ringing", 100, 0)]:
        await hearing.upsert(session, sound(what, start_ms, None, channel))
    found = (await hearing.of_contact(session, CONTACT)).sounds
    assert [each.sound for each in found] == ["ringing", "music", "dtmf"]
