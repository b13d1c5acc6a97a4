"""Told when it changes, and no more often."""

from chat_gateway.places import Places
from chat_gateway.routing import Desk, Waiter
from contracts.chat import QueuePlace
from tests.unit.chat_gateway.chats import rules

A, B, C = (f"00000000-0000-4000-8000-00000000000{number}" for number in "abc")
KIM = Desk("kim", 3.0, 3.0)


def waiting(*contacts: str) -> list[Waiter]:
    return [Waiter(contact, place) for place, contact in enumerate(contacts)]


def everybody(_contact_id: str) -> bool:
    return True


def places_of(news: list[QueuePlace]) -> dict[str, int]:
    return {place.contact_id: place.position for place in news}


def test_a_place_is_told_once_and_again_when_it_changes():
    places = Places(rules())
    places.update(waiting(A, B), [KIM], [], 10)
    assert places_of(places.news(everybody)) == {A: 1, B: 2}
    places.update(waiting(A, B), [KIM], [], 20)
    assert places.news(everybody) == []
    places.update(waiting(B), [KIM], [], 30)
    assert places_of(places.news(everybody)) == {B: 1}


def test_only_who_is_here_is_told_and_who_comes_again_is_told_again():
    places = Places(rules())
    places.update(waiting(A, B), [KIM], [], 10)
    assert places_of(places.news(lambda contact: contact == A)) == {A: 1}
    assert places.news(lambda contact: False) == []
    assert places_of(places.news(everybody)) == {A: 1, B: 2}
    known = places.of(B)
    assert known is not None
    assert known.position == 2
    assert places_of(places.news(everybody)) == {B: 2}
    assert places.of(C) is None


def test_the_expected_wait_goes_by_minutes():
    places = Places(rules())
    for seconds, expected in ((30.0, 60), (170.0, 60), (190.0, 120)):
        places.update(waiting(A), [KIM], [seconds], 10)
        place = places.of(A)
        assert place is not None
        assert place.expected_s == expected
    places.update(waiting(A), [], [30.0], 10)
    unknown = places.of(A)
    assert unknown is not None
    assert unknown.expected_s is None


def test_outside_the_hours_it_says_so():
    places = Places(rules(is_open=lambda _: False))
    places.update(waiting(A), [], [], 10)
    place = places.of(A)
    assert place is not None
    assert not place.is_open


def test_staff_hear_of_the_queue_at_most_each_second():
    places = Places(rules())
    places.update([Waiter(A, 1000), Waiter(B, 3000, urgent=True)], [KIM], [], 10_000)
    news = places.waiting_news(10_000)
    assert news is not None
    assert (news.count, news.longest_ms, news.urgent, news.agents) == (2, 9000, 1, 1)
    places.update([Waiter(A, 1000)], [KIM], [], 10_500)
    assert places.waiting_news(10_500) is None
    assert places.waiting_news(11_000) is not None
    assert places.waiting_news(13_000) is None
    assert places.waiting_news(16_100) is not None, "the longest wait grows"
    places.update([], [KIM], [], 18_000)
    assert places.waiting_news(18_000) is not None
    assert places.waiting_news(60_000) is None
