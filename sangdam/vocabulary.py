"""The names of one tenant: what the recogniser should know of its guides, departments and places."""

import asyncio
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from asr.lexicon import Lexicon
from asr.service import AsrService
from contracts.districts import District
from contracts.errors import SangdamError
from models.morphemes import Morpheme, Morphemes, joined_words
from store import articles as articles_store
from store.articles import StoredArticle
from store.database import Database

log = logging.getLogger(__name__)

_LOOK_S: Final = 60.0
"""How often the guides' version is looked at."""

Analyser = Callable[[str], list[Morpheme]]

_WORD: Final = re.compile(r"[가-힣]{2,}")
_TITLE_SYLLABLES: Final = 3
"""Shorter nouns of titles are everyone's words; those that are names stand in keywords or places."""
_NOUNS: Final = frozenset({"NNG", "NNP"})
_NO_NAMES: Final = frozenset(
    {"결과", "기관", "담당", "방법", "부서", "상담", "신고", "신청", "안내", "외부", "이용", "지원"}
)
"""Words of departments and keywords that every caller says, hardly misheard."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What to index once in an `asr.lexicon.Lexicon`."""

    names: tuple[str, ...]
    """The most telling first, each once."""
    known: frozenset[str]
    """Words of the guides' texts: they are right as they stand."""


def vocabulary(
    articles: Iterable[StoredArticle], places: Mapping[str, Iterable[str]], analyse: Analyser
) -> Vocabulary:
    """Collect the names of a tenant. Takes about 1 ms of Kiwi's time for each title.

    Args:
        articles: its guides: titles, departments, agencies and keywords give names, bodies known words.
        places: neighbourhoods by district.
        analyse: the morpheme analyser, for titles.

    Returns:
        Departments and agencies first, then districts, keywords, nouns of titles, neighbourhoods.
    """
    articles = list(articles)
    names = [
        *(name for article in articles for name in _names(article.agency, article.department)),
        *(article.district for article in articles if article.district),
        *places,
        *(f"{district}청" for district in places if district.endswith("구")),
        *(name for article in articles for name in _names(*article.keywords)),
        *(name for article in articles for name in _title_names(analyse(article.title))),
        *(place for group in places.values() for place in group),
    ]
    known = {word for article in articles for word in _WORD.findall(article.body)}
    return Vocabulary(tuple(dict.fromkeys(names)), frozenset(known))


def places_of(districts: Iterable[District]) -> dict[str, tuple[str, ...]]:
    """Neighbourhoods by district. Landmarks are left out: they are words that the recogniser knows."""
    return {district.name: district.places for district in districts}


def _names(*texts: str) -> list[str]:
    """Single words, because what is heard comes word by word; no sentences (얼었어요)."""
    words = [word for text in texts for word in _WORD.findall(text)]
    return [word for word in words if word not in _NO_NAMES and not word.endswith("요")]


def _title_names(title: list[Morpheme]) -> list[str]:
    nouns = [*joined_words(title), *(morpheme.form for morpheme in title if morpheme.tag in _NOUNS)]
    return [noun for noun in nouns if _WORD.fullmatch(noun) and len(noun) >= _TITLE_SYLLABLES]


async def keep_names(
    database: Database, districts: Iterable[District], morphemes: Morphemes, asr: AsrService
) -> None:
    """Give the recogniser the names of the guides, and again whenever a guide changed; until cancelled."""
    places = places_of(districts)
    known_version: int | None = None
    while True:
        try:
            async with database.session() as session:
                version = await articles_store.version(session)
                articles = await articles_store.all(session) if version != known_version else []
            if version != known_version:
                asr.lexicon = await asyncio.to_thread(_lexicon, articles, places, morphemes)
                known_version = version
        except (SangdamError, OSError) as error:
            log.warning("names: %s", error)
        await asyncio.sleep(_LOOK_S)


def _lexicon(
    articles: Iterable[StoredArticle], places: Mapping[str, Iterable[str]], morphemes: Morphemes
) -> Lexicon:
    found = vocabulary(articles, places, morphemes.analyze)
    return Lexicon(found.names, found.known)
