"""What a contact is about: from its finals, whatever order they came in."""

from itertools import permutations

import pytest

from contracts.categories import load_categories
from contracts.districts import load_districts
from contracts.event import Role
from contracts.transcript import Utterance, Word, utterance_id
from contracts.voc import About
from models.morphemes import Morphemes
from voc.reading.about import Reader, Said
from voc.reading.quotes import quote

CONTACT = "00000000-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(load_categories(), load_districts(), Morphemes())


def final(number: int, who: str, text: str, words: tuple[Word, ...] = ()) -> Utterance:
    channel, start_ms = int(who == "agent"), number * 3000
    role: Role = "agent" if who == "agent" else "caller"
    return Utterance(
        contact_id=CONTACT,
        at_ms=start_ms,
        utterance_id=utterance_id(CONTACT, channel, start_ms * 8),
        revision=1,
        status="final",
        channel=channel,
        role=role,
        start_ms=start_ms,
        end_ms=start_ms + 2500,
        text=text,
        words=words,
        heard_ms=start_ms,
    )


def said(*lines: str, roles: dict[int, Role] | None = None) -> Said:
    """`c: …` of the citizen, `a: …` of the agent."""
    finals = tuple(
        final(number, "agent" if line[0] == "a" else "caller", line[3:]) for number, line in enumerate(lines)
    )
    return Said(CONTACT, 1000, "call", False, roles or {}, finals)


OUTAGE = said(
    "a: 네 120입니다",
    "c: 여기 마포구 합정동인데요 아침부터 물이",
    "c: 안 나와요",
    "a: 단수되신 거네요",
    "c: 화나 죽겠어요 전화도 안 받고 이게 말이 됩니까",
)


def test_everything_of_one_contact(reader: Reader) -> None:
    about = reader.about(OUTAGE)
    assert (about.topic, about.label) == ("3020", "상하수도 > 누수·단수·수질")
    assert (about.district, about.place) == ("마포구", "합정동")
    assert about.danger == "outage", "the sentence goes on in the next line"
    assert "말이 됩니까" in about.complaint
    assert "합정동" not in about.phrases
    assert (about.contact_id, about.at_ms, about.kind, about.simulated) == (CONTACT, 1000, "call", False)


def test_the_order_of_records_does_not_matter(reader: Reader) -> None:
    one = reader.about(OUTAGE)
    for finals in permutations(OUTAGE.finals):
        assert reader.about(Said(CONTACT, 1000, "call", False, {}, finals)) == one


def test_a_final_without_text_counts_as_not_said(reader: Reader) -> None:
    withdrawn = OUTAGE.finals[1].model_copy(update={"text": ""})
    finals = (OUTAGE.finals[0], withdrawn, *OUTAGE.finals[2:])
    assert reader.about(Said(CONTACT, 1000, "call", False, {}, finals)).district == ""


def test_nothing_said_is_about_nothing(reader: Reader) -> None:
    about = reader.about(said())
    assert about == About(contact_id=CONTACT, at_ms=1000)


def test_what_the_agent_says_is_no_danger_and_no_complaint(reader: Reader) -> None:
    about = reader.about(said("a: 불이 났어요 하시면 119로 연결합니다 어이가 없네요", "c: 여권 재발급이요"))
    assert (about.danger, about.complaint) == (None, ())
    assert about.topic == "4010"


def test_who_is_who_may_be_told_otherwise(reader: Reader) -> None:
    lines = ("a: 은평구 불광동인데 정전됐어요",)
    assert reader.about(said(*lines)).danger is None
    assert reader.about(said(*lines, roles={1: "caller"})).danger == "outage"


@pytest.mark.parametrize(
    ("lines", "district"),
    [
        (("a: 어느 구에 사세요 마포구나 서대문구세요", "c: 아니요 그냥 물어보는 거예요"), ""),
        (("c: 구루구예요", "a: 구로구 맞으세요"), "구로구"),
        (("a: 서대문구청 청소과로 연결하겠습니다", "c: 네"), ""),
        (("c: 저는 중구 사는데요 왕십리에서 넘어졌어요",), "성동구"),
        (("c: 성북구 아니 강북구예요",), "강북구"),
    ],
)
def test_where_it_is(reader: Reader, lines: tuple[str, ...], district: str) -> None:
    assert reader.about(said(*lines)).district == district


def test_a_place_that_the_recogniser_doubts(reader: Reader) -> None:
    word = Word(text="합종동에", start_ms=0, end_ms=900, probability=0.2, suspect=True, nearest=("합정동",))
    heard = final(0, "caller", "합종동에 살아요", (word,))
    about = reader.about(Said(CONTACT, 0, "call", False, {}, (heard,)))
    assert (about.district, about.place) == ("마포구", "합정동")


def test_few_words_give_no_topic(reader: Reader) -> None:
    assert reader.about(said("c: 네 안녕하세요 뭐 좀 여쭤보려고요")).topic == ""


def test_the_quote_tells_of_the_danger(reader: Reader) -> None:
    contact = said(
        "c: 여보세요 저기요", "c: 신림동 골목에 가스 냄새가 심하게 나요", "a: 가스 냄새요", "c: 네네"
    )
    found = quote(contact.finals, contact.roles, reader.about(contact))
    assert found is not None
    assert found.text == "신림동 골목에 가스 냄새가 심하게 나요"


def test_who_says_nothing_is_not_quoted(reader: Reader) -> None:
    contact = said("a: 여권과로 연결하겠습니다", "c: 네")
    assert quote(contact.finals, contact.roles, reader.about(contact)) is None
