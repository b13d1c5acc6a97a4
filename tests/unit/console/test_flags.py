import datetime as dt
from dataclasses import dataclass

import pytest

from console.catalogue import Catalogue, Wanted, page
from console.flags import Judge, needs_revision
from contracts.guides import GuideUse
from store.shelf import ArticleLine

TODAY = dt.date(2026, 11, 23)


def days(count: int) -> dt.date:
    return TODAY + dt.timedelta(days=count)


@dataclass
class Dated:
    last_looked: dt.date = TODAY
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None


@pytest.mark.parametrize(
    ("article", "flags"),
    [
        (Dated(), ()),
        (Dated(last_looked=days(-365)), ()),
        (Dated(last_looked=days(-366)), ("stale",)),
        (Dated(valid_until=days(31)), ()),
        (Dated(valid_until=days(30)), ("expiring",)),
        (Dated(valid_until=TODAY), ("expiring",)),
        (Dated(valid_until=days(-1)), ("expired",)),
        (Dated(valid_from=TODAY), ()),
        (Dated(valid_from=days(1)), ("coming",)),
    ],
)
def test_dates(article, flags):
    shown = GuideUse(shown=1, opened=1)
    assert Judge(TODAY, 365).flags(article, shown, days(-400)) == flags


@pytest.mark.parametrize(
    ("use", "needed"),
    [
        (GuideUse(helpful=0, unhelpful=2), False),  # two are no verdict
        (GuideUse(helpful=1, unhelpful=2), True),
        (GuideUse(helpful=2, unhelpful=2), False),
        (GuideUse(shown=19), False),
        (GuideUse(shown=20), True),
        (GuideUse(shown=20, dismissed=20), True),
        (GuideUse(shown=500, opened=1), False),
        (GuideUse(shown=500, pinned=1), False),
    ],
)
def test_what_is_disliked_or_never_of_use_needs_revision(use, needed):
    assert needs_revision(use) is needed


@pytest.mark.parametrize(
    ("use", "here_since", "article", "is_unused"),
    [
        (GuideUse(), days(-91), Dated(), True),
        (GuideUse(), days(-90), Dated(), False),  # it had no chance yet
        (GuideUse(shown=1), days(-91), Dated(), False),
        (GuideUse(), days(-91), Dated(valid_from=days(5)), False),
        (GuideUse(), days(-91), Dated(valid_until=days(-5)), False),
    ],
)
def test_what_had_its_chance_and_was_never_shown_is_unused(use, here_since, article, is_unused):
    assert ("unused" in Judge(TODAY, 365).flags(article, use, here_since)) is is_unused


def test_retired_articles_are_in_the_list_and_have_no_flags():
    line = ArticleLine("a", "여권", "", "", "", (), days(-999), None, False, 3, None, days(-9), True)
    catalogue = Catalogue.of([line], {"a": GuideUse(unhelpful=9)}, {}, Judge(TODAY, 365))
    (entry,), total = page(catalogue.with_open({}), Wanted())
    assert (entry.status, entry.flags, entry.version, total) == ("retired", (), 3, 1)
    assert catalogue.counts()["published"] == 0
