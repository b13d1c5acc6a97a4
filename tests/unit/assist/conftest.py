import csv
import datetime as dt
import os
import re
from pathlib import Path

import pytest

from assist.importer import import_articles
from assist.index import ArticleIndex
from contracts.transcript import Utterance
from models.morphemes import Morphemes
from store.articles import StoredArticle

ROOT = Path(__file__).parents[3]
CONTACT = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def article():
    def make(article_id, title, body="본문입니다.", **fields):
        empty = {"category": "", "department": "", "district": "", "agency": "", "source": ""}
        return StoredArticle(
            article_id=article_id,
            title=title,
            body=body,
            **(
                empty
                | {"keywords": (), "revised": dt.date(2026, 1, 1), "checked": None, "sample": True}
                | fields
            ),
        )

    return make


@pytest.fixture
def analyse():
    """Words without a trailing particle: enough of Korean for tests of what is built on morphemes."""
    particle = re.compile(r"(은|는|이|가|을|를|에|에서|의|도|요|이요|하려고요|인데요|하나요|할까요)$")

    def words_of(text):
        return [particle.sub("", word) for word in re.findall(r"[0-9a-z가-힣]+", text.lower())]

    return words_of


@pytest.fixture
def utterance():
    def make(text, number=1, role="caller", **fields):
        channel = 1 if role == "agent" else 0
        return Utterance(
            **{
                "contact_id": CONTACT,
                "at_ms": 1000 * number,
                "utterance_id": f"{CONTACT}/{channel}/{number}",
                "revision": 1,
                "status": "final",
                "channel": channel,
                "role": role,
                "start_ms": 1000 * number,
                "end_ms": 1000 * number + 900,
                "text": text,
                "heard_ms": 1000 * number,
            }
            | fields
        )

    return make


@pytest.fixture(scope="session")
def kiwi():
    return Morphemes()


@pytest.fixture(scope="session")
def guides(kiwi):
    """The sample guides, indexed with the real analyser."""
    report = import_articles(ROOT / "samples" / "guides", dt.date(2026, 1, 1))
    assert not report.refused
    return ArticleIndex(report.accepted, kiwi.nouns_and_terms)


@pytest.fixture(scope="session")
def labelled():
    """Turns of callers: kind, the ids of fitting guides, and the text.

    Lexicon, score and thresholds were made with `ask`, `chat` and `other` in sight, and without `held`.
    """
    with (Path(__file__).parent / "utterances.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return [(row["kind"], set(filter(None, row["guides"].split("|"))), row["text"]) for row in rows]


@pytest.fixture(scope="session")
def test_data():
    folder = os.environ.get("SANGDAM_TEST_DATA")
    if not folder:
        pytest.skip("needs the folder named by SANGDAM_TEST_DATA (faq/, audio/)")
    return Path(folder)
