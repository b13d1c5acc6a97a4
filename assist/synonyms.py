"""Everyday words of callers and the official terms that guides use for them: 물세 → 수도요금.

The list stands in `synonyms.yaml`; it was written by hand. Pure but for reading it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from contracts.errors import BadInput

SYNONYMS: Final = Path(__file__).with_name("synonyms.yaml")

_VERB: Final = re.compile(r"(?<=[가-힣])다$")


@dataclass(frozen=True, slots=True)
class Meant:
    """What a caller's word may mean."""

    said: str
    """As it stands in the text ('물세가' → '물세')."""
    terms: tuple[str, ...]
    """Official terms for it."""


class Synonyms:
    """The list, ready to be looked up. Immutable."""

    def __init__(self, meanings: Mapping[str, Sequence[str]]) -> None:
        """Take the list.

        Args:
            meanings: a word as it is said, or a verb in -다, and the terms that are looked up too.
        """
        self._meanings = {_closed(said): tuple(terms) for said, terms in meanings.items()}
        longest_first = sorted(meanings, key=len, reverse=True)
        nouns = [said for said in longest_first if not _VERB.search(said)]
        self._said = re.compile("|".join(map(_pattern, nouns)) or r"(?!)")
        self._verbs = [_verb(said) for said in longest_first if _VERB.search(said)]

    def __len__(self) -> int:
        return len(self._meanings)

    def meant(self, text: str, forms: Sequence[str]) -> list[Meant]:
        """Words of the text that may mean something official, in order; of two that overlap the longer one.

        Args:
            text: what was said.
            forms: its morphemes; a verb is found by its stem.
        """
        nouns = [Meant(match.group(), self._terms(match.group())) for match in self._said.finditer(text)]
        verbs = [
            Meant(stem, self._terms(said))
            for said, stem, beside in self._verbs
            if stem in forms and all(word.search(text) for word in beside)
        ]
        return nouns + verbs

    def _terms(self, said: str) -> tuple[str, ...]:
        return self._meanings[_closed(said)]


def _verb(said: str) -> tuple[str, str, tuple[re.Pattern[str], ...]]:
    """The entry, the verb's stem, and what must stand beside it: '물 새다' → 새, with 물."""
    *beside, verb = said.split()
    return said, verb.removesuffix("다"), tuple(re.compile(_pattern(word)) for word in beside)


def _closed(word: str) -> str:
    return word.replace(" ", "")


def _pattern(word: str) -> str:
    """The word at the start of a written word, with or without spaces in it; a short one must end there too.

    '개' is a dog in '개가' and none in '개인', '눈' is no snow in '눈치'.
    """
    inside = r"\s*".join(map(re.escape, _closed(word)))
    ends = (
        ""
        if len(word) > 1
        else r"(?=$|[^가-힣]|(?:가|이|를|을|는|은|도|만|에|하고|랑|의|로|으로)(?:$|[^가-힣]))"
    )
    return rf"(?<![가-힣]){inside}{ends}"


@cache
def shipped() -> Synonyms:
    """The list that comes with the project."""
    return read(SYNONYMS)


def read(path: Path) -> Synonyms:
    """A list from a YAML file of the form of `synonyms.yaml`.

    Raises:
        BadInput: the file has another form.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        meanings = {str(said): [str(term) for term in terms] for said, terms in data["everyday"].items()}
        for group in data["alike"]:
            for word in group:
                others = [str(other) for other in group if other != word]
                meanings[str(word)] = list(dict.fromkeys([*meanings.get(str(word), []), *others]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise BadInput(
            f"동의어 목록 {path.name}을 읽을 수 없습니다({error}). 'everyday'와 'alike'가 있는 YAML이어야 합니다.",
            f"the list of synonyms {path.name} cannot be read ({error}): it must be YAML with 'everyday' and 'alike'.",
        ) from error
    return Synonyms(meanings)
