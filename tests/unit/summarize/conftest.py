import pytest

from contracts.event import Role
from contracts.transcript import Utterance, utterance_id

CONTACT = "00000000-0000-0000-0000-000000000001"


def utterances(*turns: str, contact_id: str = CONTACT, roles: bool = True) -> list[Utterance]:
    """Finals from lines like `caller: 여권 재발급 어떻게 하나요?`; the caller is on channel 0."""
    return [final(index, turn, contact_id, roles=roles) for index, turn in enumerate(turns)]


def final(
    index: int, turn: str, contact_id: str = CONTACT, *, roles: bool = True, revision: int = 9
) -> Utterance:
    who, _, text = turn.partition(": ")
    channel = 0 if who == "caller" else 1
    role: Role = ("caller", "agent")[channel] if roles else "unknown"  # type: ignore[assignment]  # one of the two
    return Utterance(
        contact_id=contact_id,
        at_ms=1_000 * index,
        utterance_id=utterance_id(contact_id, channel, 8_000 * index),
        revision=revision,
        status="final",
        channel=channel,
        role=role,
        start_ms=1_000 * index,
        end_ms=1_000 * index + 900,
        text=text,
        heard_ms=1_000 * index + 900,
    )


@pytest.fixture
def say():
    return utterances


@pytest.fixture
def say_one():
    return final
