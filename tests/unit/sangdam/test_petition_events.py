"""Rises among dated texts: what is planted is found, once, and when; chance is not."""

import random

from sangdam.evaluate.petition_events import ENOUGH, Petition, events, over_all

CATEGORIES = ("안전", "교통", "복지", "교육", "기타")
WORDS = tuple(f"낱말{number}" for number in range(300))


def board(seed: int, days: int = 60, per_day: int = 20) -> list[Petition]:
    """Petitions about anything: each five words, some said more often than others."""
    chance = random.Random(seed)
    weights = [1 / (rank + 3) for rank in range(len(WORDS))]
    return [
        Petition(day, chance.choice(CATEGORIES), frozenset(chance.choices(WORDS, weights, k=5)))
        for day in range(days)
        for _ in range(per_day)
    ]


def planted(day: int, count: int, *words: str) -> list[Petition]:
    return [Petition(day, "안전", frozenset(words)) for _ in range(count)]


def test_a_new_phrase_is_found_on_its_day_and_once() -> None:
    petitions = sorted([*board(1), *planted(45, 6, "산불", "고성")], key=lambda petition: petition.day)
    found = [event for event in events(petitions) if "산불" in event.names()]
    assert len(found) == 1
    assert found[0].first_day == 45
    assert set(found[0].names()) >= {"산불", "고성"}
    assert found[0].best.usual == "before"
    assert len(found[0].petitions) >= 6


def test_before_enough_is_known_it_is_found_looking_back() -> None:
    petitions = sorted([*board(2), *planted(5, 8, "산불")], key=lambda petition: petition.day)
    found = [event for event in events(petitions) if "산불" in event.names()]
    assert [event.best.usual for event in found] == ["after"]
    assert sum(petition.day < 5 for petition in petitions) < ENOUGH


def test_two_phrases_of_the_same_petitions_are_one_event() -> None:
    petitions = sorted(
        [*board(3), *planted(40, 5, "산불", "고성"), *planted(41, 5, "고성", "헬기")],
        key=lambda petition: petition.day,
    )
    names = [event.names() for event in events(petitions)]
    assert sum("고성" in each for each in names) == 1
    assert any({"산불", "고성", "헬기"} <= set(each) for each in names)


def test_chance_raises_hardly_anything() -> None:
    found = [len(events(board(seed))) for seed in range(10, 16)]
    assert sum(found) <= 12, "six times two months, in which nothing happened"


def test_too_few_petitions_raise_nothing() -> None:
    assert events([]) == []
    assert events(board(4, days=5) + planted(4, 10, "산불")) == []


def test_the_smallest_of_many() -> None:
    assert over_all(0.01, 1) == 0.01
    assert 0.63 < over_all(0.01, 100) < 0.64
    assert over_all(1.0, 3) > 0.999
