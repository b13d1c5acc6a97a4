"""`sangdam eval voc --design about`: is each sample contact put where people put it?

The contacts are `samples/voc/*.yaml`, written and split before anything was tuned on them. Accuracy is over all
contacts, those without a topic, district, danger or complaint too; precision and recall over those that have one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import NAMESPACE_URL, uuid5

import yaml
from pydantic import TypeAdapter

from contracts.categories import load_categories
from contracts.contact import ContactKind
from contracts.districts import load_districts
from contracts.event import Model, Role
from contracts.transcript import Utterance, utterance_id
from contracts.voc import About, Danger
from models.morphemes import Morphemes
from sangdam.site import SAMPLES
from sangdam.terminal import Bar, out
from voc.reading.about import Reader, Said

FOLDER: Final = SAMPLES / "voc"
SPLITS: Final = ("tune", "test")
_ROLES: Final[dict[str, Role]] = {"a": "agent", "c": "caller"}
_LINE_MS: Final = 4000


class SampleContact(Model):
    """A contact and what people say it is about."""

    id: str
    kind: ContactKind = "call"
    topic: tuple[str, ...] = ()
    """Any of these is right; none: it has no topic of the code table."""
    district: str = ""
    danger: Danger | None = None
    complaint: bool = False
    lines: tuple[str, ...]
    """`c: …` of the citizen, `a: …` of the agent."""

    def said(self) -> Said:
        """As the reader gets it."""
        contact_id = str(uuid5(NAMESPACE_URL, self.id))
        finals = tuple(_final(contact_id, number, line) for number, line in enumerate(self.lines))
        return Said(contact_id, 0, self.kind, True, {0: "caller", 1: "agent"}, finals)


@dataclass(slots=True)
class _Tally:
    """Of one question: how often the reader said the same as people."""

    right: int = 0
    contacts: int = 0
    said: int = 0
    said_right: int = 0
    there: int = 0

    def add(self, *, truth: Sequence[object], told: object) -> bool:
        """`truth` is empty, and `told` falsy, where there is none."""
        is_right = told in truth if truth else not told
        self.contacts += 1
        self.right += is_right
        self.said += bool(told)
        self.said_right += bool(told) and is_right
        self.there += bool(truth)
        return is_right

    def figures(self) -> dict[str, float | int]:
        return {
            "contacts": self.contacts,
            "accuracy": round(self.right / max(1, self.contacts), 3),
            "precision": round(self.said_right / max(1, self.said), 3),
            "recall": round(self.said_right / max(1, self.there), 3),
            "there": self.there,
        }


class Judged(NamedTuple):
    """By question: the figures, and the contacts that are put elsewhere."""

    figures: dict[str, dict[str, float | int]]
    wrong: dict[str, list[str]]


def read(split: str) -> tuple[SampleContact, ...]:
    """The contacts of a split."""
    text = (FOLDER / f"{split}.yaml").read_text(encoding="utf-8")
    return TypeAdapter(tuple[SampleContact, ...]).validate_python(yaml.safe_load(text))


def evaluate(progress: Bar, *, quick: bool = False) -> dict[str, object]:
    """Accuracy, precision and recall of each question in both splits; `quick` takes the test split alone."""
    reader = Reader(load_categories(), load_districts(), Morphemes())
    splits = SPLITS[1:] if quick else SPLITS
    figures: dict[str, object] = {}
    for number, split in enumerate(splits):
        judged = judge(reader, read(split))
        figures[split] = {**judged.figures, "wrong": judged.wrong} if split == "tune" else judged.figures
        progress.move(number + 1, len(splits))
    return figures


def judge(reader: Reader, contacts: Sequence[SampleContact]) -> Judged:
    """What the reader says of these contacts, beside what people say."""
    tallies = {question: _Tally() for question in ("topic", "district", "danger", "complaint")}
    wrong: dict[str, list[str]] = {question: [] for question in tallies}
    for contact in contacts:
        about = reader.about(contact.said())
        for question, (truth, told) in _answers(contact, about).items():
            if not tallies[question].add(truth=truth, told=told):
                wrong[question].append(f"{contact.id}: {told or '-'} ({'|'.join(map(str, truth)) or '-'})")
    return Judged({question: tally.figures() for question, tally in tallies.items()}, wrong)


def _answers(contact: SampleContact, about: About) -> dict[str, tuple[tuple[object, ...], object]]:
    return {
        "topic": (contact.topic, about.topic),
        "district": ((contact.district,) if contact.district else (), about.district),
        "danger": ((contact.danger,) if contact.danger else (), about.danger),
        "complaint": ((True,) if contact.complaint else (), bool(about.complaint)),
    }


def show(result: dict[str, object]) -> None:
    """One line a split and question."""
    for split, questions in result.items():
        for question, tally in questions.items() if isinstance(questions, dict) else ():
            if question != "wrong":
                told = "  ".join(f"{name} {value}" for name, value in tally.items())
                out.print(f"{split:5} {question:10} {told}")


def _final(contact_id: str, number: int, line: str) -> Utterance:
    who, _, text = line.partition(": ")
    role = _ROLES[who]
    channel, start_ms = int(role == "agent"), number * _LINE_MS
    return Utterance(
        contact_id=contact_id,
        at_ms=start_ms,
        utterance_id=utterance_id(contact_id, channel, start_ms * 8),
        revision=1,
        status="final",
        channel=channel,
        role=role,
        start_ms=start_ms,
        end_ms=start_ms + _LINE_MS,
        text=text,
        heard_ms=start_ms,
    )
