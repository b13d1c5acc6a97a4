"""What the bus itself has: read all topics from the start, and judge that everything is there once and in order."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from bus.open import open_bus
from contracts.codec import AnyEvent, decode
from contracts.contact import ContactStateChanged
from contracts.suggestion import SuggestionOffered
from contracts.summary import SummaryDrafted
from contracts.topics import CALL_AUDIO, TOPICS
from contracts.transcript import TranscriptEnded, Utterance

_QUIET_S: Final = 1.5
_LIMIT_S: Final = 60.0
_PADDING_MS: Final = 640
"""An utterance has up to 0.32 s of silence on both sides."""


def read_topics(bus_url: str) -> list[AnyEvent]:
    """All events but audio, each topic's in order. Blocks, whether or not an event loop runs here."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_read_topics(bus_url))).result()


async def _read_topics(bus_url: str) -> list[AnyEvent]:
    events: list[AnyEvent] = []
    async with asyncio.timeout(_LIMIT_S):
        bus = await open_bus(bus_url)
        try:
            following = await bus.follow([name for name in TOPICS if name != CALL_AUDIO.name], since_ms=0)
            heard, started = False, asyncio.get_running_loop().time()
            while True:
                batch = await following.fetch(timeout_s=_QUIET_S)
                events += [decode(record.value) for record in batch.records]
                heard = heard or bool(batch.records)
                waited = asyncio.get_running_loop().time() - started
                if not batch.records and not batch.assigned and (heard or waited > 10 * _QUIET_S):
                    return events
        finally:
            await bus.close()


@dataclass(slots=True)
class Account:
    """One contact, as the bus has it."""

    contact_id: str
    states: list[ContactStateChanged] = field(default_factory=list)
    finals: dict[str, list[Utterance]] = field(default_factory=lambda: defaultdict(list))
    """By id, in the order in which they came; more than one where speech was heard again."""
    ended_channels: set[int] = field(default_factory=set)
    offers: dict[str, list[SuggestionOffered]] = field(default_factory=lambda: defaultdict(list))
    drafts: list[SummaryDrafted] = field(default_factory=list)

    @property
    def draft(self) -> SummaryDrafted | None:
        """The one that stands."""
        return max(self.drafts, key=lambda one: one.revision, default=None)

    @property
    def state(self) -> ContactStateChanged | None:
        return max(self.states, key=lambda one: one.revision, default=None)

    @property
    def said(self) -> list[Utterance]:
        """The finals that stand, by start and channel; withdrawn ones left out."""
        standing = (max(each, key=lambda one: one.revision) for each in self.finals.values())
        return sorted((one for one in standing if one.text), key=lambda one: (one.start_ms, one.channel))

    @property
    def places(self) -> set[tuple[int, int]]:
        """(channel, start sample) of what was said: the same for the same audio, whatever the contact."""
        return {place_of(one.utterance_id) for one in self.said}


def place_of(utterance_id: str) -> tuple[int, int]:
    _, channel, start = utterance_id.rsplit("/", 2)
    return int(channel), int(start)


def account(events: Iterable[AnyEvent], contact_id: str) -> Account:
    """What the bus has of a contact."""
    told = Account(contact_id)
    for event in events:
        if event.contact_id != contact_id:
            continue
        match event:
            case ContactStateChanged():
                told.states.append(event)
            case Utterance(status="final"):
                told.finals[event.utterance_id].append(event)
            case TranscriptEnded():
                told.ended_channels.add(event.channel)
            case SuggestionOffered():
                told.offers[event.suggestion_id].append(event)
            case SummaryDrafted():
                told.drafts.append(event)
            case _:
                pass
    return told


def doubled(told: Account) -> list[str]:
    """What was written down twice: one id with two texts, or two utterances of a channel over each other."""
    faults = [
        f"{key}: {sorted({one.text for one in each})}"
        for key, each in told.finals.items()
        if len({one.text for one in each}) > 1
    ]
    for channel in {one.channel for one in told.said}:
        of_it = [one for one in told.said if one.channel == channel]
        faults += [
            f"{a.utterance_id} over {b.utterance_id}"
            for a, b in pairwise(of_it)
            if a.end_ms > b.start_ms + _PADDING_MS
        ]
    return faults


def faults(told: Account, undisturbed: Account | None = None) -> list[str]:
    """Everything that is not as it must be with one ended contact, in words; empty when all is well.

    Args:
        told: of the contact.
        undisturbed: of the same recording in a run without failure: every place it has must be there.
    """
    found = [f"twice: {each}" for each in doubled(told)]
    if undisturbed:
        found += [f"lost: {place}" for place in sorted(undisturbed.places - told.places)]
        found += [f"nobody said: {place}" for place in sorted(told.places - undisturbed.places)]
    found += _disorder(told)
    if told.state is None or told.state.state != "ended":
        found.append("not ended")
    if told.draft is None or not told.draft.complete:
        found.append("no complete summary")
    for key, offers in told.offers.items():
        again = [
            f"{key} revision {number} differs" for number, texts in _by_revision(offers) if len(texts) > 1
        ]
        found += [f"suggested twice: {each}" for each in again]
    return found


def _by_revision(offers: Sequence[SuggestionOffered]) -> list[tuple[int, set[str]]]:
    texts: dict[int, set[str]] = defaultdict(set)
    for offer in offers:
        texts[offer.revision].add(offer.snippet.text)
    return list(texts.items())


def _disorder(told: Account) -> list[str]:
    """First records of each: states by revision, finals of a channel by start."""
    found: list[str] = []
    first = list({state.revision: state for state in told.states})
    if first != sorted(first):
        found.append(f"states out of order: {first}")
    last: Counter[int] = Counter()
    for each in told.finals.values():
        start = each[0].start_ms
        if start < last[each[0].channel]:
            found.append(f"out of order: {each[0].utterance_id}")
        last[each[0].channel] = start
    return found
