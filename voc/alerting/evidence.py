"""The contacts that belong to an event, and what they say. Pure."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from math import log
from typing import Final

from contracts.voc import About, Danger
from contracts.voc_track import Strand

SAID_BY: Final = 3
"""Contacts that say a phrase before it is shown: what one person says may tell who that is."""
MOST_PHRASES: Final = 8


class Contacts:
    """Contacts of some time, found by what they are about."""

    def __init__(self, abouts: Iterable[About]) -> None:
        self.by_id: dict[str, About] = {about.contact_id: about for about in abouts}
        self._by_topic: dict[str, list[About]] = defaultdict(list)
        self._by_danger: dict[Danger, list[About]] = defaultdict(list)
        self._by_phrase: dict[str, list[About]] = defaultdict(list)
        for about in self.by_id.values():
            self._by_topic[about.topic].append(about)
            if about.danger:
                self._by_danger[about.danger].append(about)
            for phrase in about.phrases:
                self._by_phrase[phrase].append(about)

    def __len__(self) -> int:
        return len(self.by_id)

    def of(self, strands: Iterable[Strand], since_ms: int, until_ms: int) -> dict[str, About]:
        """Those of an event, by their ids."""
        return {
            about.contact_id: about
            for strand in strands
            for about in self._near(strand)
            if since_ms <= about.at_ms < until_ms and belongs(about, strand)
        }

    def said(self, phrase: str) -> int:
        """In how many contacts."""
        return len(self._by_phrase.get(phrase, ()))

    def _near(self, strand: Strand) -> Collection[About]:
        if strand.phrase:
            return self._by_phrase.get(strand.phrase, ())
        if strand.danger:
            return self._by_danger.get(strand.danger, ())
        return self._by_topic.get(strand.topic, ()) if strand.topic else self.by_id.values()


def belongs(about: About, strand: Strand) -> bool:
    """Whether the contact is one of the series. Of a phrase, whatever topic and place the contact has."""
    if strand.phrase:
        return strand.phrase in about.phrases
    return (
        (not strand.topic or about.topic == strand.topic)
        and (strand.danger is None or about.danger == strand.danger)
        and (not strand.districts or about.district in strand.districts)
    )


def telling(own: Collection[About], among: Contacts, most: int = MOST_PHRASES) -> list[tuple[str, int]]:
    """Phrases that tell the event from other contacts, with how many of its contacts say each: the likelihood ratio
    of Dunning 1993 (Comput Linguist 19:61), most telling first.
    """
    said = Counter(phrase for about in own for phrase in about.phrases)
    scored: list[tuple[float, str, int]] = []
    for phrase, contacts in said.items():
        if contacts < SAID_BY:
            continue
        elsewhere = max(among.said(phrase) - contacts, 0)
        score = _ratio(contacts, len(own), elsewhere, max(len(among) - len(own), 1))
        if score > 0:
            scored.append((score, phrase, contacts))
    scored.sort(key=lambda entry: (-entry[0], entry[1]))
    return [(phrase, contacts) for _, phrase, contacts in scored[:most]]


def _ratio(inside: int, of_inside: int, outside: int, of_outside: int) -> float:
    """Log likelihood ratio of a phrase that is said oftener inside; 0: it is not."""
    if inside * of_outside <= outside * of_inside:
        return 0.0
    both = (inside + outside) / (of_inside + of_outside)
    score = inside * log(inside / (of_inside * both))
    return score + (outside * log(outside / (of_outside * both)) if outside else 0.0)


def quotable(
    own: Collection[About], phrases: Sequence[str], among: Collection[str], most: int
) -> list[About]:
    """Contacts to quote: those that say most of the event's phrases, the newest of equals first.

    Args:
        own: the event's contacts.
        phrases: the event's, the most telling first.
        among: those that are quoted already and stay.
        most: how many more.
    """
    left = [about for about in own if about.contact_id not in among]
    left.sort(
        key=lambda about: (
            -sum(phrase in about.phrases for phrase in phrases),
            -about.at_ms,
            about.contact_id,
        )
    )
    return left[: max(most, 0)]
