from collections.abc import Sequence

import numpy as np
import pytest

from voc.detectors.new_phrases import FEWEST_BEFORE, candidates, chance, new_phrases
from voc.series import HOUR_MS, Recent

UNTIL = 480_000 * HOUR_MS
TOTAL = 300_000
MINUTE = 60_000
Said = tuple[int, Sequence[str]]
"""Minutes before now, phrases."""


def day(said: Sequence[Said], *, topic: str = "", district: str = "", usual: int = 300) -> Recent:
    """Contacts that say `said`, in one topic and district, among usual ones."""
    rng = np.random.default_rng(4)
    words = [f"말{number}" for number in range(2000)]
    weights = 1 / np.arange(1, 2001)
    weights /= weights.sum()
    rows = [(UNTIL - minutes * MINUTE, 1, 1, tuple(phrases)) for minutes, phrases in said]
    rows += [
        (
            UNTIL - int(rng.integers(1, 24 * 60)) * MINUTE,
            0,
            0,
            tuple(rng.choice(words, 6, replace=False, p=weights)),
        )
        for _ in range(usual)
    ]
    rows.sort(key=lambda row: row[0])
    return Recent(
        at_ms=np.array([row[0] for row in rows], dtype=np.int64),
        topic=np.array([row[1] for row in rows], dtype=np.int32),
        district=np.array([row[2] for row in rows], dtype=np.int32),
        danger=(None,) * len(rows),
        phrases=tuple(row[3] for row in rows),
        contact_ids=tuple(f"c{number}" for number in range(len(rows))),
        topics=("other", topic),
        districts=("다른구", district),
    )


def known_of(recent: Recent, before: dict[str, int] | None = None) -> dict[str, tuple[int, int]]:
    """What the store knows: usual words were said often, others only today, or as often as `before` says."""
    counts: dict[str, int] = {}
    for phrases in recent.phrases:
        for phrase in set(phrases):
            counts[phrase] = counts.get(phrase, 0) + 1
    return {
        phrase: (number + (before or {}).get(phrase, 400 * number if phrase.startswith("말") else 0), 1)
        for phrase, number in counts.items()
    }


def test_a_place_and_a_smell_never_said_before_are_told() -> None:
    said = [(minutes, ("상암동 냄새", "가스")) for minutes in (5, 20, 31, 44, 58)]
    recent = day(said, topic="gas", district="마포구")
    found = new_phrases(recent, known_of(recent, {"가스": 900}), UNTIL, 1e-4, TOTAL)
    assert [signal.phrase for signal in found] == ["상암동 냄새"]
    signal = found[0]
    assert (signal.kind, signal.seen, len(signal.contact_ids)) == ("new_phrase", 5, 5)
    assert signal.expected < 0.01
    assert signal.p_value < 1e-6
    assert (signal.topic, signal.districts) == ("gas", ("마포구",))
    assert signal.until_ms == UNTIL


def test_candidates_are_the_phrases_that_enough_contacts_said() -> None:
    recent = day([(10, ("새말", "새말", "한번")), (20, ("새말",)), (30, ("새말",)), (40, ("새말",))], usual=0)
    assert candidates(recent, UNTIL) == ["새말"]
    assert candidates(recent, UNTIL, min_contacts=1) == ["새말", "한번"]
    assert candidates(recent, UNTIL - 24 * HOUR_MS) == []


@pytest.mark.parametrize("before", [50, 6])
def test_a_phrase_that_was_said_before_is_no_news(before: int) -> None:
    recent = day([(minutes, ("수도",)) for minutes in range(5, 55, 5)])
    assert new_phrases(recent, known_of(recent, {"수도": before}), UNTIL, 1e-4, TOTAL) == []


def test_one_that_was_hardly_ever_said_needs_more_contacts() -> None:
    few = day([(minutes, ("싱크홀",)) for minutes in (5, 15, 25, 35)])
    many = day([(minutes, ("싱크홀",)) for minutes in range(5, 59, 6)])
    never, seldom = known_of(few), known_of(few, {"싱크홀": 3})
    p_never = new_phrases(few, never, UNTIL, 1.0, TOTAL)[0].p_value
    p_seldom = next(
        signal for signal in new_phrases(few, seldom, UNTIL, 1.0, TOTAL) if signal.phrase == "싱크홀"
    ).p_value
    assert p_never < p_seldom
    assert any(
        signal.phrase == "싱크홀"
        for signal in new_phrases(many, known_of(many, {"싱크홀": 3}), UNTIL, 1e-6, TOTAL)
    )


def test_contacts_of_today_before_the_window_count_as_before() -> None:
    spread = day([(minutes, ("축제표",)) for minutes in range(90, 24 * 60, 90)])
    found = new_phrases(spread, known_of(spread), UNTIL, 1e-3, TOTAL)
    # Said all day: news of the day, not of the last hour.
    assert [signal.window_ms // HOUR_MS for signal in found] == [24]


def test_phrases_of_the_same_contacts_are_one_event() -> None:
    said = [(minutes, ("망원동 싱크홀", "싱크홀", "도로 꺼짐")) for minutes in (5, 11, 23, 35, 50)]
    said += [(minutes, ("전기버스 화재",)) for minutes in (7, 13, 29, 41)]
    recent = day(said)
    found = new_phrases(recent, known_of(recent), UNTIL, 1e-4, TOTAL)
    assert len(found) == 2
    assert {signal.seen for signal in found} == {5, 4}
    assert found[0].p_value <= found[1].p_value
    assert not found[0].contact_ids & found[1].contact_ids


def test_one_contact_that_says_it_often_is_one() -> None:
    recent = day([(5, ("새말",) * 6), (9, ("새말", "새말")), (12, ("새말",))])
    assert new_phrases(recent, known_of(recent), UNTIL, 1.0, TOTAL) == []


def test_a_young_site_says_nothing() -> None:
    recent = day([(minutes, ("새말",)) for minutes in range(5, 55, 5)])
    assert new_phrases(recent, known_of(recent), UNTIL, 1.0, len(recent) + FEWEST_BEFORE - 1) == []
    assert new_phrases(recent, known_of(recent), UNTIL, 1.0, len(recent) + FEWEST_BEFORE) != []


def test_a_usual_day_has_no_news() -> None:
    recent = day([], usual=1500)
    assert new_phrases(recent, known_of(recent), UNTIL, 1e-2, TOTAL) == []


def test_a_vocabulary_that_grows_by_chance_seldom_makes_news() -> None:
    """Words of a city drawn by Zipf's law, many of them never said before: as Good-Turing has it."""
    rng = np.random.default_rng(8)
    words = 60_000
    share = 1 / np.arange(1, words + 1) ** 1.05
    share /= share.sum()
    before = rng.multinomial(60_000 * 4, share)
    told = 0
    for _ in range(20):
        spoken = rng.choice(words, (800, 4), p=share)
        recent = Recent(
            at_ms=np.sort(UNTIL - rng.integers(1, 24 * HOUR_MS, len(spoken))),
            topic=np.zeros(len(spoken), dtype=np.int32),
            district=np.zeros(len(spoken), dtype=np.int32),
            danger=(None,) * len(spoken),
            phrases=tuple(tuple(map(str, row)) for row in spoken),
            contact_ids=tuple(map(str, range(len(spoken)))),
            topics=("",),
            districts=("",),
        )
        ever = before + np.bincount(spoken.ravel(), minlength=words)
        known = {phrase: (int(ever[int(phrase)]), 1) for phrase in candidates(recent, UNTIL)}
        told += len(new_phrases(recent, known, UNTIL, 0.01, 60_800))
    assert told <= 2


def test_more_contacts_are_more_evidence_and_more_words_less() -> None:
    one, expected = chance(4, 500, 0, 300_000, 1)
    assert expected == pytest.approx(500 * 0.5 / 300_001)
    assert chance(5, 500, 0, 300_000, 1)[0] < one < chance(4, 500, 0, 300_000, 900)[0]
    assert chance(4, 500, 2, 300_000, 1)[0] > one
