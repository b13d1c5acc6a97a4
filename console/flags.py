"""What an editor should look at an article for. Pure: an article, its use, and a day.

The limits are few and plain, so that an editor can tell from the numbers beside a flag why it is there.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from contracts.guides import GuideFlag, GuideUse

WINDOW_DAYS: Final = 90
"""Use is counted over this time: long enough for what is asked once a quarter."""

MIN_RATINGS: Final = 3
"""One angry 👎 is no verdict on an article; of three the majority is told."""

SHOWN_IN_VAIN: Final = 20
"""Contacts that saw the card while nobody opened, copied, pinned or praised it. Were one card in seven of use, 20
in a row without any would come by chance in 5 cases of 100."""

EXPIRING_DAYS: Final = 30
"""Time enough to ask the department and to have the answer reviewed."""


class Dated(Protocol):
    """What of an article flags depend on."""

    @property
    def last_looked(self) -> dt.date: ...

    @property
    def valid_from(self) -> dt.date | None: ...

    @property
    def valid_until(self) -> dt.date | None: ...


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges articles as of a day."""

    today: dt.date
    stale_after_days: int

    def flags(self, article: Dated, use: GuideUse, here_since: dt.date) -> tuple[GuideFlag, ...]:
        """The flags of an article that agents see.

        `use` is that of the last WINDOW_DAYS; before `here_since` it could not have been shown.
        """
        return tuple(self._flags(article, use, here_since))

    def _flags(self, article: Dated, use: GuideUse, here_since: dt.date) -> Iterator[GuideFlag]:
        ended = article.valid_until is not None and article.valid_until < self.today
        if self._days_since(article.last_looked) > self.stale_after_days:
            yield "stale"
        if ended:
            yield "expired"
        elif article.valid_until is not None and -self._days_since(article.valid_until) <= EXPIRING_DAYS:
            yield "expiring"
        if article.valid_from is not None and article.valid_from > self.today:
            yield "coming"
        elif not ended and not use.shown and self._days_since(here_since) > WINDOW_DAYS:
            yield "unused"
        if needs_revision(use):
            yield "needs_revision"

    def _days_since(self, day: dt.date) -> int:
        return (self.today - day).days


def needs_revision(use: GuideUse) -> bool:
    """Marked 👎 more often than 👍, or never of use though often shown."""
    disliked = use.helpful + use.unhelpful >= MIN_RATINGS and use.unhelpful > use.helpful
    of_use = use.opened + use.copied + use.pinned + use.helpful
    return disliked or (use.shown >= SHOWN_IN_VAIN and of_use == 0)
