"""상담유형: a tree of codes with keywords, and how strongly a contact's words speak for a code.

Summaries propose a category by it, and voc counts by it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Final

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from contracts.errors import BadSetting
from contracts.event import Model, Role
from contracts.summary import SummaryCategory
from contracts.transcript import Utterance

DEFAULT_PATH: Final = Path(__file__).with_name("categories.yaml")

MAX_ALTERNATIVES: Final = 3
"""Offered beside the best."""
_MAX_EVIDENCE: Final = 3
_ENOUGH: Final = 4.0
"""Evidence at which confidence reaches half: about two specific words that the caller said."""

_ROLE_WEIGHT: Final[dict[Role, float]] = {"caller": 1.0, "unknown": 0.75, "agent": 0.5}
"""The caller's words tell what a contact is about; the agent's help."""


class CategoryNode(Model):
    """A code and those below it; only the lowest have keywords."""

    code: str = Field(min_length=1)
    label: str = Field(min_length=1)
    keywords: tuple[str, ...] = ()
    children: tuple["CategoryNode", ...] = ()


@dataclass(frozen=True, slots=True)
class Category:
    """A lowest code with its whole label, e.g. `교통 > 택시`, and a weight for each keyword."""

    code: str
    label: str
    keywords: Mapping[str, float]


_TREE: Final = TypeAdapter(tuple[CategoryNode, ...])


def load_categories(path: Path = DEFAULT_PATH) -> tuple[Category, ...]:
    """Read a code table.

    Raises:
        BadSetting: the file is missing, is no YAML, or does not hold a tree of codes with keywords.
    """
    try:
        nodes = _TREE.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
        leaves = [(node, label) for root in nodes for node, label in _leaves(root, "")]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        first = str(error).splitlines()[0]
        raise BadSetting(
            f"상담유형 코드표 {path}을(를) 읽을 수 없습니다. code, label, keywords, children의 목록인지 확인하십시오. ({first})",
            f"Category table {path} cannot be read: a list of code, label, keywords and children is needed. ({first})",
        ) from None
    shared: dict[str, int] = {}
    for node, _ in leaves:
        for keyword in node.keywords:
            shared[_squeezed(keyword)] = shared.get(_squeezed(keyword), 0) + 1
    return tuple(
        Category(
            node.code,
            label,
            {word: len(word) / 2 / shared[word] for word in map(_squeezed, node.keywords) if len(word) >= 2},
        )
        for node, label in leaves
    )


def categorise(
    utterances: Sequence[Utterance], roles: Mapping[int, Role], categories: Sequence[Category]
) -> SummaryCategory | None:
    """The category that the words speak for most, with the utterances that do; None when none do."""
    return next(iter(ranked(utterances, roles, categories)), None)


def ranked(
    utterances: Sequence[Utterance], roles: Mapping[int, Role], categories: Sequence[Category]
) -> tuple[SummaryCategory, ...]:
    """The categories that the words speak for, best first, `1 + MAX_ALTERNATIVES` at most.

    Confidence is 0-1: how much evidence there is, times the category's share beside the best other one.
    """
    texts = [
        (piece, _ROLE_WEIGHT[roles.get(piece.channel, piece.role)], _squeezed(piece.text))
        for piece in utterances
    ]
    scored: list[tuple[float, Category, list[tuple[float, str]]]] = []
    for category in categories:
        score, evidence = _evidence(texts, category)
        if score > 0:
            scored.append((score, category, evidence))
    scored.sort(key=lambda entry: (-entry[0], entry[1].code))
    found: list[SummaryCategory] = []
    for index, (score, category, evidence) in enumerate(scored[: 1 + MAX_ALTERNATIVES]):
        rival = scored[0 if index else 1][0] if len(scored) > 1 else 0.0
        strongest = {one for _, one in sorted(evidence, key=lambda entry: -entry[0])[:_MAX_EVIDENCE]}
        found.append(
            SummaryCategory(
                label=category.label,
                confidence=round(score / (score + _ENOUGH) * (score / (score + rival)), 3),
                evidence=tuple(one for _, one in evidence if one in strongest),
                code=category.code,
            )
        )
    return tuple(found)


def _evidence(
    texts: Sequence[tuple[Utterance, float, str]], category: Category
) -> tuple[float, list[tuple[float, str]]]:
    """The category's score, and (weight, utterance id) of what speaks for it. Repeats count ever less."""
    said: dict[str, float] = {}
    evidence: list[tuple[float, str]] = []
    for utterance, role_weight, text in texts:
        found = 0.0
        for keyword, weight in category.keywords.items():
            if keyword in text:
                said[keyword] = said.get(keyword, 0.0) + role_weight
                found += weight * role_weight
        if found:
            evidence.append((found, utterance.utterance_id))
    return sum(category.keywords[keyword] * sqrt(times) for keyword, times in said.items()), evidence


def _leaves(node: CategoryNode, above: str) -> list[tuple[CategoryNode, str]]:
    label = f"{above} > {node.label}" if above else node.label
    if not node.children:
        return [(node, label)]
    return [leaf for child in node.children for leaf in _leaves(child, label)]


def _squeezed(text: str) -> str:
    return "".join(text.split())
