"""The judge of the failure tests: it must see what is lost, doubled, out of order or not brought to its end."""

import pytest

from contracts.contact import ContactStateChanged
from contracts.summary import SummaryDrafted
from contracts.transcript import Utterance, utterance_id
from sangdam.evaluate.failover_truth import account, faults

CONTACT = "11111111-2222-3333-4444-555555555555"
OTHER = "11111111-2222-3333-4444-666666666666"


def state(name, revision, contact_id=CONTACT):
    return ContactStateChanged(
        contact_id=contact_id, at_ms=revision, revision=revision, state=name, started_at_ms=0
    )


def final(start_ms, end_ms, text, channel=0, revision=1, contact_id=CONTACT):
    return Utterance(
        contact_id=contact_id,
        at_ms=end_ms,
        utterance_id=utterance_id(contact_id, channel, start_ms * 8),
        revision=revision,
        status="final",
        channel=channel,
        role="caller",
        start_ms=start_ms,
        end_ms=end_ms,
        text=text,
        heard_ms=end_ms,
    )


def draft(revision=1, complete=True):
    return SummaryDrafted(
        contact_id=CONTACT,
        at_ms=99,
        revision=revision,
        engine="extractive",
        label="핵심 발화",
        lines=(),
        complete=complete,
    )


def call():
    return [
        state("ringing", 1),
        state("talking", 2),
        final(0, 2000, "안녕하세요"),
        final(2500, 5000, "소파요", channel=1),
        final(5500, 7000, "네"),
        state("ended", 3),
        draft(),
    ]


def told(events):
    return account(events, CONTACT)


WHOLE = told(call())


def test_a_whole_call_has_no_faults():
    events = [*call(), final(0, 100, "다른 통화", contact_id=OTHER)]
    assert faults(told(events), WHOLE) == []


def test_what_is_heard_again_with_the_same_words_is_once():
    assert (
        faults(told([*call(), final(5500, 7000, "네", revision=2), draft(), state("talking", 2)]), WHOLE)
        == []
    )


@pytest.mark.parametrize(
    ("events", "fault"),
    [
        (call()[:3] + call()[4:], "lost: (1, 20000)"),
        ([*call(), final(9000, 9500, "뭐")], "nobody said: (0, 72000)"),
        ([*call(), final(5500, 7000, "예", revision=2)], "twice"),
        ([*call(), final(6000, 7000, "네")], "over"),
        ([*call()[:2], final(5500, 7000, "네"), final(0, 2000, "안녕하세요"), *call()[3:]], "out of order"),
        ([call()[1], call()[0], *call()[2:]], "states out of order"),
        ([one for one in call() if not isinstance(one, SummaryDrafted)], "no complete summary"),
        ([*call(), draft(2, complete=False)], "no complete summary"),
        (call()[:-2], "not ended"),
    ],
)
def test_each_fault_is_seen(events, fault):
    assert any(fault in found for found in faults(told(events), WHOLE))
