"""Limits from a budget of false alarms a week: the site's own past is replayed, and what it would have raised counted.

Pure, and blocking for some seconds. Limits keep their proportions whatever the budget, so a larger budget never hides
what a smaller one shows. Where the past is too short to count alarms that seldom come, the tail of how far counts went
beyond their limits is drawn on (a power law of p-values; Hill 1975, Ann Stat 3:1163).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voc.baseline.usual import WEEKS_NEEDED, Usual
from voc.detectors.replay import LOOKS_PER_H, TOP, WEEKS, Crossings, replay
from voc.detectors.rise import GROUPS
from voc.detectors.thresholds import GROUP_SHARES, RISE_SHARE, Thresholds, at_most, parametric, window_shares
from voc.rules import Rules
from voc.series import WEEK_H, Counts

Floats = NDArray[np.float64]

__all__ = ["Thresholds", "calibrate"]

REFERENCE_BUDGET: Final = 5.0
"""Proportions of the limits are set for this one, whatever the budget is."""
_COUNTED: Final = 20
"""Alarms of the past that are enough to count by; fewer are extrapolated from these."""
_BELIEF: Final = 5.0
"""Alarms that speak for p-values being true."""
_LOOSEST: Final = 5.0
"""Times what calculation says: no calibration goes further."""
_TIGHTEST: Final = 1e-6
_OPTIMISM_WEEKS: Final = 15.0
"""A past that was learnt from looks more usual than the future will, the more the shorter it is: fresh weeks brought
`1 + 15 / weeks` times the alarms that their own past had promised (measured, `docs/adr/0034-detection.md`)."""


def calibrate(
    usual: Usual, counts: Counts, rules: Rules, *, exclude: Sequence[tuple[int, int]] = ()
) -> Thresholds:
    """Limits for every detector: those of rises by replay, the others by calculation.

    Args:
        usual: learnt from `counts`.
        counts: the past; its last weeks are replayed.
        rules: budgets, windows, least contacts, cool-down.
        exclude: spans [since_ms, until_ms) of real events, whose alarms were no false ones.
    """
    topics, districts = len(usual.topics), len(usual.districts)
    if usual.weeks < min(rules.weeks_needed, WEEKS_NEEDED):
        return Thresholds.cautious(rules, topics=topics, districts=districts)
    plain = parametric(rules, topics, districts)
    base = parametric(replace(rules, budget=REFERENCE_BUDGET), topics, districts)
    crossings = replay(usual, counts, base, exclude=exclude, cool_down_h=rules.cool_down_h)
    weeks = crossings.looks / LOOKS_PER_H / WEEK_H
    if weeks < 1:
        return Thresholds.cautious(rules, topics=topics, districts=districts)
    factors = _proportions(crossings, base, weeks)
    joint = scale(crossings.worst(factors), RISE_SHARE * rules.budget * weeks * _trust(usual.weeks))
    limits = {
        group: tuple(
            at_most(limit * factor * joint)
            for limit, factor in zip(base.limits(group), factors[index], strict=True)
        )
        for index, group in enumerate(GROUPS)
    }
    return plain.with_limits(weeks=min(usual.weeks, WEEKS), **limits)


def _proportions(crossings: Crossings, base: Thresholds, weeks: float) -> Floats:
    """(groups, windows): by how much each limit must change to spend its own part of the reference budget."""
    parts = window_shares(base.windows_h)
    return np.array(
        [
            [
                scale(
                    crossings.alone(group, window),
                    RISE_SHARE * REFERENCE_BUDGET * GROUP_SHARES[name] * part * weeks,
                )
                for window, part in enumerate(parts)
            ]
            for group, name in enumerate(GROUPS)
        ]
    )


def _trust(weeks: float) -> float:
    """Of the budget, what is spent."""
    return 1 / (1 + _OPTIMISM_WEEKS / weeks)


def scale(strengths: Floats, target: float) -> float:
    """The factor on the limits at which as many of these alarms come as wanted. Grows with `target`.

    Args:
        strengths: p-value over limit of each alarm, at its strongest; all below `TOP`.
        target: alarms wanted.
    """
    known = np.sort(strengths)
    enough = min(_COUNTED, known.size)
    if enough == 0:
        return min(_LOOSEST, target)
    log_rank, log_known = np.log(np.arange(1, known.size + 1)), np.log(np.maximum(known, 1e-290))
    if known.size > enough and target >= enough:
        log_rank, log_known = np.append(log_rank, np.log(known.size + 1)), np.append(log_known, np.log(TOP))
        found = float(np.interp(np.log(target), log_rank, log_known))
    else:
        edge = log_known[enough - 1] if known.size > enough else np.log(TOP)
        slope = (enough + _BELIEF) / (float((edge - log_known[:enough]).sum()) + _BELIEF)
        found = float(edge) + float(np.log(target / enough)) / min(max(slope, 0.1), 2.0)
    return float(np.clip(np.exp(found), _TIGHTEST, _LOOSEST))
