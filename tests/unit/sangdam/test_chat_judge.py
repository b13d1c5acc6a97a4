"""The judge of chats finds each kind of fault."""

from contracts.chat import CITIZEN, ChatEntry, Hidden, Noted, Opened, Party, Said
from sangdam.evaluate.chat_judge import Sent, faults, log_faults, screen_faults

CONTACT = "00000000-0000-4000-8000-000000000001"
STAFF = Party(side="staff", staff_id="kim", name="김상담")


def entry(seq: int, text: str = "", client_id: str = "", who: Party = CITIZEN) -> ChatEntry:
    body = Said(text=text) if text else Opened(channel="web")
    return ChatEntry(contact_id=CONTACT, seq=seq, at_ms=seq, author=who, client_id=client_id, body=body)


LOG = [
    entry(1),
    entry(2, "하나", "client-01"),
    entry(3, "네", "client-02", STAFF),
    entry(4, "둘", "client-03"),
]
SENT = [
    Sent("citizen", "client-01", "하나", 2),
    Sent("citizen", "client-03", "둘", 4),
    Sent("staff", "client-02", "네"),
]


def test_all_is_well() -> None:
    assert faults(LOG, SENT, {"citizen": LOG, "staff": LOG}) == []


def test_a_gap_in_the_log() -> None:
    assert any("numbers" in one for one in log_faults([*LOG[:2], LOG[3]], SENT[:2]))


def test_lost_and_acknowledged() -> None:
    (found,) = log_faults(LOG[:3], [SENT[0], SENT[1], SENT[2]])
    assert "lost" in found
    assert "acknowledged" in found


def test_doubled_under_one_id_or_two() -> None:
    same = [*LOG, entry(5, "둘", "client-03")]
    assert any("doubled" in one for one in log_faults(same, SENT))
    other = [*LOG, entry(5, "둘", "client-04")]
    assert log_faults(other, SENT) == ["log: '둘' 2 times"]


def test_an_acknowledgement_that_lies_and_words_that_change() -> None:
    assert "acknowledged as 9" in log_faults(LOG, [Sent("citizen", "client-01", "하나", 9)])[0]
    assert "changed" in log_faults(LOG, [Sent("citizen", "client-01", "한")])[0]


def test_another_order() -> None:
    assert log_faults(LOG, [SENT[1], SENT[0]]) == ["another order: citizen"]


def test_a_screen_without_twice_or_mixed() -> None:
    assert screen_faults("s", LOG[:3], LOG) == ["s: without [4]"]
    assert "number 4 2 times" in screen_faults("s", [*LOG, LOG[3]], LOG)[0]
    assert "order" in screen_faults("s", [LOG[0], LOG[2], LOG[1], LOG[3]], LOG)[0]
    assert "not in the log" in screen_faults("s", [*LOG, entry(5, "x")], LOG)[0]


def test_what_is_hidden_counts_and_says_nothing() -> None:
    note = LOG[2].model_copy(update={"body": Noted(text="메모")})
    hidden = LOG[2].model_copy(update={"body": Hidden()})
    log = [LOG[0], LOG[1], note, LOG[3]]
    assert screen_faults("citizen", [LOG[0], LOG[1], hidden, LOG[3]], log) == []
    assert screen_faults("citizen", [LOG[0], LOG[1], LOG[2], LOG[3]], log)
