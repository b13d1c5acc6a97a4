"""Thousands of guides that look like a site's own: sections of real texts, put together anew.

Made from the sample guides, or from the 120 FAQ where its file is given: other districts, departments, amounts and
numbers, sections of two guides of the same category, and in most lines a word from elsewhere, so that few lines are
the same in two guides. The same seed gives the same guides.
"""

import datetime as dt
import json
import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from assist.exporter import fields_of
from assist.importer import import_articles
from assist.words import DISTRICTS
from store.articles import StoredArticle

_DAY = dt.date(2026, 11, 22)
_SECTION = re.compile(r"\n(?=## )")
_NUMBER = re.compile(r"\d+")
_PLACES = (
    "1동",
    "2동",
    "3동",
    "본동",
    "중앙동",
    "역삼동",
    "신정동",
    "상계동",
    "봉천동",
    "합정동",
    "화곡동",
    "성내동",
)


def bases(faq: Path | None) -> Sequence[StoredArticle]:
    """What the guides are made of."""
    root = Path(__file__).parents[1]
    return import_articles(faq or root / "samples" / "guides", _DAY).accepted


def synthetic(some: Sequence[StoredArticle], count: int, seed: int = 7) -> list[StoredArticle]:
    """`count` guides with different ids, titles and bodies."""
    chance = random.Random(seed)  # noqa: S311  no secret
    alike: dict[str, list[StoredArticle]] = defaultdict(list)
    for article in some:
        alike[article.category].append(article)
    words = sorted({word for article in some for word in article.body.split() if word.isalnum()})
    return [_one(number, some[number % len(some)], alike, words, chance) for number in range(count)]


def distinct_lines(articles: Sequence[StoredArticle]) -> float:
    """Share of the lines that are not also elsewhere, 0-1: what is the same might be looked at once only."""
    lines = [line for article in articles for line in article.body.splitlines() if line.strip()]
    return len(set(lines)) / len(lines)


def changed(articles: Sequence[StoredArticle], every: int) -> list[StoredArticle]:
    """The same with a sentence more in each `every`-th, among them the last."""
    return [
        replace(article, body=f"{article.body}\n\n올해부터 수수료가 {number}원으로 바뀌었습니다.")
        if number % every == every - 1
        else article
        for number, article in enumerate(articles)
    ]


def write_lines(articles: Sequence[StoredArticle], path: Path) -> None:
    """As a file that `sangdam articles import` reads."""
    rows = ({"id": one.article_id, **fields_of(one), "body": one.body} for one in articles)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _one(
    number: int,
    base: StoredArticle,
    alike: dict[str, list[StoredArticle]],
    words: Sequence[str],
    chance: random.Random,
) -> StoredArticle:
    district = chance.choice(DISTRICTS) if number % 3 else ""
    place = f"{district or chance.choice(DISTRICTS)} {chance.choice(_PLACES)}"
    own, others = _SECTION.split(base.body), _SECTION.split(chance.choice(alike[base.category]).body)
    sections = [own[0], *own[1:], *chance.sample(others[1:], min(2, len(others) - 1))]
    sections[1:] = chance.sample(sections[1:], len(sections) - 1)
    lines = [_other_word(line, words, chance) for section in sections for line in section.splitlines()]
    body = _NUMBER.sub(lambda found: _other_number(found.group(), chance), "\n".join(lines))
    return replace(
        base,
        article_id=f"s{number:05}",
        title=f"{place} {base.title} {number}",
        body=f"{body}\n\n## 담당\n{place} {base.department or '주민센터'} {chance.randint(1, 9)}팀",
        district=district,
        revised=_DAY - dt.timedelta(days=chance.randrange(900)),
    )


def _other_word(line: str, words: Sequence[str], chance: random.Random) -> str:
    parts = line.split(" ")
    if len(parts) > 2 and not line.startswith("#"):
        parts[chance.randrange(1, len(parts))] = chance.choice(words)
    return " ".join(parts)


def _other_number(digits: str, chance: random.Random) -> str:
    # 120, 119 and other numbers of three digits are names.
    return digits if len(digits) == 3 else str(chance.randrange(10 ** (len(digits) - 1), 10 ** len(digits)))
