"""Rows of the store as arrays. Pure."""

from collections.abc import Iterable, Sequence

import numpy as np

from contracts.voc import About
from store.voc_counts import HourCount
from voc.series import Counts, Recent, position


def counts(
    rows: Sequence[HourCount],
    since_hour: int,
    until_hour: int,
    topics: Sequence[str] | None = None,
    districts: Sequence[str] | None = None,
) -> Counts:
    """Contacts of the hours from the first one to before the second; hours without any are zero.

    Args:
        rows: in any order; of other hours, topics and districts are passed over.
        since_hour: hours since 1970.
        until_hour: the first that is left out.
        topics: codes in the order of the array; None: all that there are, sorted.
        districts: names, the same.
    """
    topics = _names(topics, (row.topic for row in rows))
    districts = _names(districts, (row.district for row in rows))
    of_topic, of_district = position(topics), position(districts)
    made = np.zeros((max(until_hour - since_hour, 0), len(topics), len(districts)), np.int32)
    for row in rows:
        topic, district = of_topic.get(row.topic), of_district.get(row.district)
        if since_hour <= row.hour < until_hour and topic is not None and district is not None:
            made[row.hour - since_hour, topic, district] += row.contacts
    return Counts(since_hour, tuple(topics), tuple(districts), made)


def recent(abouts: Iterable[About]) -> Recent:
    """Contacts by time, with the topics and districts that they have."""
    kept = sorted(abouts, key=lambda about: (about.at_ms, about.contact_id))
    topics = _names(None, (about.topic for about in kept))
    districts = _names(None, (about.district for about in kept))
    of_topic, of_district = position(topics), position(districts)
    return Recent(
        at_ms=np.array([about.at_ms for about in kept], np.int64),
        topic=np.array([of_topic[about.topic] for about in kept], np.int32),
        district=np.array([of_district[about.district] for about in kept], np.int32),
        danger=tuple(about.danger for about in kept),
        phrases=tuple(about.phrases for about in kept),
        contact_ids=tuple(about.contact_id for about in kept),
        topics=topics,
        districts=districts,
    )


def _names(given: Sequence[str] | None, found: Iterable[str]) -> tuple[str, ...]:
    return tuple(given) if given is not None else tuple(sorted(set(found)))
