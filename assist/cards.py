"""What a card says: the snippet and the one sentence of why it is there. Pure."""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from assist.agencies import Agency
from assist.index import Hit
from assist.words import object_particle
from contracts.suggestion import Engine, NothingFound, Snippet, SuggestionOffered

Card = SuggestionOffered | NothingFound

STALE_DAYS: Final = 365
"""A guide that nobody has looked through for a year is shown with a warning."""

CANDIDATES: Final = 3
"""Guides that came nearest where none was likely enough."""

_WORDS_NAMED: Final = 3
"""More words than these are not read at a glance."""

_SEOUL: Final = dt.timezone(dt.timedelta(hours=9))


def snippet_of(hit: Hit, at_ms: int | None = None, stale_days: int = STALE_DAYS) -> Snippet:
    """A guide's passage as a card shows it.

    Args:
        hit: what was found.
        at_ms: wall time, for the day on which a guide is stale; None: nothing is said about that.
        stale_days: so many days after it was last found true.
    """
    article = hit.article
    return Snippet(
        article_id=article.article_id,
        title=article.title,
        heading=hit.passage.heading,
        text=hit.passage.text,
        category=article.category,
        department=article.department,
        district=article.district,
        agency=article.agency,
        version=article.version,
        stale=at_ms is not None and article.is_stale(day_of(at_ms), stale_days),
        valid_until=article.valid_until,
        revised=article.revised,
        source=article.source,
        sample=article.sample,
        score=round(hit.score, 3),
        matched=hit.matched,
    )


def day_of(at_ms: int) -> dt.date:
    """The day in Seoul."""
    return dt.datetime.fromtimestamp(at_ms / 1000, tz=_SEOUL).date()


def snippet_of_agency(agency: Agency, text: str) -> Snippet:
    """A line of the table as a card; `text` is what the caller said."""
    return Snippet(
        kind="agency",
        article_id=agency.card_id,
        title=agency.title,
        text=agency.says if not agency.hours else f"{agency.says} ({agency.hours})",
        category="긴급" if agency.emergency else "다른 기관",
        department="외부 기관",
        agency=agency.label,
        revised=agency.revised,
        source=agency.source,
        score=1.0,
        matched=agency.matched(text),
    )


def reason_for(hit: Hit) -> str:
    """Why this guide, in Korean; of a matter that another agency handles it says so.

    "'여권', '재발급'을 말씀하셨습니다."
    """
    sentence = _named(hit.matched) or "말씀하신 내용과 비슷한 안내입니다."
    if hit.article.agency:
        sentence += f" 다른 기관({hit.article.agency}) 소관입니다."
    return sentence


def reason_for_agency(agency: Agency, text: str) -> str:
    """Why this agency, in Korean."""
    said = _named(agency.matched(text))
    if agency.emergency:
        return f"{said} 긴급합니다. {agency.label}에 바로 연결해 주십시오.".strip()
    return f"{said} 다른 기관({agency.label}) 소관입니다.".strip()


def stamped(cards: Iterable[Card], at_ms: int, engine: Engine, guides_version: int) -> list[Card]:
    """The cards as they are published: with the time, how they were found, and among which guides.

    A card is as late as its publication, and as all that was done for it.
    """
    stamps = {"at_ms": at_ms, "engine": engine}
    return [
        card.model_copy(
            update=stamps
            if isinstance(card, SuggestionOffered)
            else stamps | {"guides_version": guides_version}
        )
        for card in cards
    ]


def _named(words: tuple[str, ...]) -> str:
    named = words[:_WORDS_NAMED]
    if not named:
        return ""
    quoted = ", ".join(f"'{word}'" for word in named)
    return f"{quoted}{object_particle(named[-1])} 말씀하셨습니다."
