from contracts.voc_track import Strand
from tests.unit.voc.events import GANGDONG, MAPO, NOW, PASSPORT, WATER, about, abouts
from voc.alerting.evidence import Contacts, belongs, quotable, telling
from voc.series import HOUR_MS


def strand(**more) -> Strand:
    return Strand(kind="rise", lane="usual", **more)


def test_contacts_of_an_event_by_what_where_and_when():
    here, there, other = about(), about(district=GANGDONG), about(PASSPORT, phrases=("탄 냄새",))
    old, gas = about(minutes_ago=300), about("8010", danger="gas")
    contacts = Contacts([here, there, other, old, gas])

    def found(*strands: Strand) -> set[str]:
        return set(contacts.of(strands, NOW - HOUR_MS, NOW))

    assert found(strand(topic=WATER)) == {here.contact_id, there.contact_id}
    assert found(strand(topic=WATER, districts=(MAPO,))) == {here.contact_id}
    assert found(strand(danger="gas")) == {gas.contact_id}
    assert found(strand(districts=(MAPO,))) == {here.contact_id, other.contact_id, gas.contact_id}
    assert found(strand(phrase="탄 냄새", topic=WATER)) == {other.contact_id}
    assert found(strand(topic=WATER), strand(danger="gas")) == {
        here.contact_id,
        there.contact_id,
        gas.contact_id,
    }
    assert found() == set()
    for one in (here, there, other, gas):
        for series in (strand(topic=WATER), strand(danger="gas"), strand(districts=(MAPO,))):
            assert belongs(one, series) == (one.contact_id in found(series))


def test_telling_phrases_are_those_that_others_do_not_say():
    own = (
        abouts(10, phrases=("단수", "서울")) + abouts(4, phrases=("녹물",)) + abouts(2, phrases=("김아무개",))
    )
    rest = [about(PASSPORT, phrases=("여권", "서울")) for _ in range(100)]
    assert telling(own, Contacts(own + rest)) == [("단수", 10), ("녹물", 4)]
    assert telling([], Contacts(rest)) == []


def test_who_is_quoted_says_most_of_it_and_nobody_twice():
    much, little = about(phrases=("단수", "합정동")), about(phrases=("단수",))
    newer = about(phrases=("단수",), minutes_ago=1)
    order = [one.contact_id for one in quotable([little, much, newer], ["단수", "합정동"], (), 5)]
    assert order == [much.contact_id, newer.contact_id, little.contact_id]
    assert quotable([little, much], ["단수"], {much.contact_id}, 1) == [little]
    assert quotable([little], ["단수"], (), -1) == []
