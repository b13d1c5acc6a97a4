from chat_gateway.view import lines
from contracts.chat import (
    CITIZEN,
    Body,
    ChatEntry,
    Edited,
    Hidden,
    LiveTyping,
    Opened,
    Party,
    Photo,
    Said,
    Withdrawn,
)

CHAT = "00000000-0000-0000-0000-000000000001"
AGENT = Party(side="staff", staff_id="kim", name="김상담")


def entries(*bodies: Body) -> list[ChatEntry]:
    return [
        ChatEntry(contact_id=CHAT, seq=seq, at_ms=1000 * seq, author=CITIZEN, client_id=f"c{seq}", body=body)
        for seq, body in enumerate(bodies, 1)
    ]


def test_each_entry_that_says_something_is_a_line():
    shown = lines(entries(Opened(channel="web"), Said(text="안녕하세요"), Hidden(), LiveTyping(on=True)))
    assert [(line.seq, line.body.kind, line.client_id) for line in shown] == [
        (1, "opened", "c1"),
        (2, "said", "c2"),
        (4, "live_typing", "c4"),
    ]


def test_the_last_edit_stands():
    said = Said(text="강남구", replies=("네",), profane=((0, 1),))
    (line,) = lines(entries(said, Edited(of_seq=1, text="강서구"), Edited(of_seq=1, text="강동구")))
    assert line.body == Said(text="강동구", replies=("네",)), "marks are those of the text before"
    assert (line.seq, line.at_ms, line.edited_ms) == (1, 1000, 3000)


def test_what_was_withdrawn_leaves_its_place():
    (line,) = lines(entries(Said(text="계좌번호는"), Edited(of_seq=1, text="계좌"), Withdrawn(of_seq=1)))
    assert (line.seq, line.body, line.is_withdrawn) == (1, Hidden(), True)


def test_what_was_emptied_in_the_log_looks_the_same():
    known = entries(Said(text="계좌번호는"), Edited(of_seq=1, text="계좌"), Withdrawn(of_seq=1))
    emptied = entries(Hidden(), Hidden(), Withdrawn(of_seq=1))
    assert lines(known) == lines(emptied)


def test_a_withdrawal_wins_in_whatever_order_it_is_read():
    (line,) = lines(entries(Photo(photo_id="p"), Withdrawn(of_seq=1), Edited(of_seq=1, text="글")))
    assert line.is_withdrawn


def test_changes_of_what_is_not_here_show_nothing():
    assert lines(entries(Edited(of_seq=99, text="글"), Withdrawn(of_seq=98))) == ()


def test_only_text_is_edited():
    (line,) = lines(entries(Photo(photo_id="p"), Edited(of_seq=1, text="글")))
    assert line.body == Photo(photo_id="p")
    assert line.edited_ms is None
