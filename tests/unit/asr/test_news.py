from asr.news import News, Outbox
from contracts.transcript import TranscriptEnded

A, B = ("00000000-0000-0000-0000-000000000001", 0), ("00000000-0000-0000-0000-000000000002", 0)


def news(key, at_ms: int = 0) -> News:
    return News(TranscriptEnded(contact_id=key[0], channel=key[1], at_ms=at_ms, end_ms=0), key)


def test_first_in_first_out_until_published():
    target = Outbox()
    one, other, last = news(A), news(B), news(A)
    for each in (one, other):
        target.add(each)
    going = target.waiting()
    target.add(last)
    assert list(target.waiting()) == [one, other, last]
    assert target.published(going) == [one, other]
    assert list(target.waiting()) == [last]


def test_what_went_while_it_was_published_has_no_consequences():
    target = Outbox()
    one, other = news(A), news(B)
    for each in (one, other):
        target.add(each)
    going = target.waiting()
    target.drop({A[0]})
    again = news(A)
    target.add(again)
    assert target.published(going) == [other]
    assert list(target.waiting()) == [again]
