"""Conversations with good, false and unsupported draft lines: `samples/summaries`, and false lines made of the good ones."""

import hashlib
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contracts.errors import BadSetting
from contracts.event import Role
from contracts.summary import SummaryField
from contracts.transcript import Utterance, utterance_id

Part = Literal["tune", "test"]

_ROLES: Final[dict[str, Role]] = {"a": "agent", "c": "caller", "u": "unknown"}
_CONTACT: Final = "00000000-0000-0000-0000-{:012d}"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Line(_Strict):
    field: SummaryField
    text: str
    source: tuple[int, ...] = Field(default=(), alias="from")
    """Numbers of the utterances that it rests on, from 1."""
    piece: str = ""
    """Of a false line: what is false in it."""

    @model_validator(mode="after")
    def _has_its_piece(self) -> "Line":
        if self.piece not in self.text:
            raise ValueError(f"{self.piece} is not in {self.text}")
        return self


class _Entry(_Strict):
    title: str = ""
    dialogue: str = ""
    conversation: str = ""
    turns: tuple[str, ...] = ()
    lines: tuple[Line, ...]
    wrong: tuple[Line, ...] = ()
    unsupported: tuple[Line, ...] = ()


class Injection(_Strict):
    """A caller who tries to change the draft, and what a model that obeys answers."""

    title: str
    turns: tuple[str, ...]
    answer: dict[str, Any]
    harmful: tuple[str, ...] = ()
    """Must stand unmarked in no line of what the agent did."""
    never: tuple[str, ...] = ()

    @property
    def said(self) -> list[Utterance]:
        return utterances(self.turns, self.title)


@dataclass(frozen=True, slots=True)
class Case:
    """One conversation."""

    title: str
    said: tuple[Utterance, ...]
    lines: tuple[Line, ...]
    wrong: tuple[Line, ...]
    """With one piece that is false."""
    unsupported: tuple[Line, ...]
    fresh: bool = False
    """Written when all rules stood: it only tests."""

    @property
    def part(self) -> Part:
        if self.fresh:
            return "test"
        return "tune" if hashlib.sha256(self.title.encode()).digest()[0] % 2 else "test"

    def evidence(self, line: Line) -> tuple[str, ...]:
        return tuple(self.said[number - 1].utterance_id for number in line.source)


def read_cases(folder: Path, samples: Path) -> list[Case]:
    """All conversations of a folder but the injections.

    Args:
        folder: of lists of conversations.
        samples: with the folders `dialogues` and `conversations`, which some of them are about.

    Raises:
        BadSetting: a file cannot be used.
    """
    cases: list[Case] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.name == "injections.yaml":
            continue
        for read in _read(path):
            try:
                entry = _Entry.model_validate(read)
                title = entry.title or entry.dialogue or entry.conversation
                said = tuple(utterances(_turns(entry, samples), title))
                fresh = bool(entry.conversation)
                case = Case(title, said, entry.lines, entry.wrong, entry.unsupported, fresh)
                _check_sources(case)
            except (ValidationError, ValueError) as error:
                raise _unusable(path, error) from None
            cases.append(case)
    return cases


def _check_sources(case: Case) -> None:
    for line in case.lines:
        if any(not 1 <= number <= len(case.said) for number in line.source):
            raise ValueError(f"{case.title}: {line.text}: no such utterance")


def read_injections(path: Path) -> list[Injection]:
    """Callers who try.

    Raises:
        BadSetting: the file cannot be used.
    """
    try:
        return [Injection.model_validate(read) for read in _read(path)]
    except ValidationError as error:
        raise _unusable(path, error) from None


def utterances(turns: Sequence[str], title: str) -> list[Utterance]:
    """Finals of `a: …`, `c: …`, `u: …`, five seconds each."""
    contact_id = _CONTACT.format(int.from_bytes(hashlib.sha256(title.encode()).digest()[:4], "big"))
    return [
        Utterance(
            contact_id=contact_id,
            at_ms=5_000 * index,
            utterance_id=utterance_id(contact_id, 0 if turn[0] == "c" else 1, 40_000 * index),
            revision=1,
            status="final",
            channel=0 if turn[0] == "c" else 1,
            role=_ROLES[turn[0]],
            start_ms=5_000 * index,
            end_ms=5_000 * index + 4_000,
            text=turn[3:],
            heard_ms=0,
        )
        for index, turn in enumerate(turns)
    ]


def _read(path: Path) -> list[Any]:
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _unusable(path, error) from None
    if not isinstance(read, list):
        raise _unusable(path, ValueError("no list"))
    return read


def _turns(entry: _Entry, samples: Path) -> tuple[str, ...]:
    if entry.dialogue:
        return _dialogue(samples / "dialogues" / f"{entry.dialogue}.yaml")
    if entry.conversation:
        return _dialogue(samples / "conversations" / f"{entry.conversation}.yaml")
    return entry.turns


def _dialogue(path: Path) -> tuple[str, ...]:
    read: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return tuple(f"{turn['who'][0]}: {turn['text']}" for turn in read["turns"] if "who" in turn)


def _unusable(path: Path, error: Exception) -> BadSetting:
    what = str(error).splitlines()
    return BadSetting(
        f"상담 이력 시험 자료 {path}을(를) 읽을 수 없습니다. ({' '.join(what[:3])})",
        f"Test data for summaries {path} cannot be read. ({' '.join(what[:3])})",
    )


# -- false lines ---------------------------------------------------------------------------------------------

_NUMBER: Final = re.compile(r"\d[\d,]*\d|\d")
_PHONE: Final = re.compile(r"\d{2,4}-\d{3,4}(?:-\d{4})?")
_WON: Final = re.compile(r"(?P<number>\d[\d,]*)\s?(?P<unit>만|천)?\s?원")
_WEEKDAY: Final = re.compile(r"[월화수목금토일]요일")
_DAYS: Final = ("오늘", "내일", "모레", "어제", "다음 주", "이번 주", "다음 달")
_DISTRICTS: Final = ("마포구", "은평구", "강남구", "송파구", "노원구", "구로구", "동작구", "성북구", "강서구", "중랑구", "서초구", "관악구")  # fmt: skip
_PLACE: Final = re.compile(r"(?<![가-힣])[가-힣]{2,3}구(?=청|\s|,|\()")
_DONG: Final = re.compile(r"(?<![가-힣])[가-힣]{2,3}\d?동(?=\s|,|$)")
_DONGS: Final = ("성산동", "불광동", "역삼동", "가락동", "월계동", "신림동", "장위동", "방화동")
_NAME: Final = re.compile(r"(?<![가-힣])[가-힣]{3}(?=\s(?:주무관|팀장|과장|고객에게))")
_NAMES: Final = ("최현우", "한지민", "오세진", "윤서연")


def made_false(line: Line, chance: random.Random) -> Iterator[Line]:
    """The line with one piece changed, a variant or two for each piece that can be."""
    text = line.text
    phones = [match.span() for match in _PHONE.finditer(text)]
    for start, end in phones:
        yield _with(line, start, end, _swapped(text[start:end], chance))
    for match in _NUMBER.finditer(text):
        if any(start <= match.start() < end for start, end in phones):
            continue
        yield _with(line, *match.span(), _other_digit(match[0], chance))
    for match in _WON.finditer(text):
        number = match["number"].replace(",", "")
        more = f"{int(number) * 10:,}" if "," in match["number"] else f"{number}0"
        yield _with(line, *match.span("number"), more)
    for match in _WEEKDAY.finditer(text):
        days = [f"{day}요일" for day in "월화수목금토일" if f"{day}요일" != match[0]]
        yield _with(line, *match.span(), chance.choice(days))
    for day in _DAYS:
        for match in re.finditer(rf"(?<![가-힣]){day}(?![가-힣])", text):
            yield _with(line, *match.span(), chance.choice([other for other in _DAYS if other != day]))
    for pattern, others in ((_PLACE, _DISTRICTS), (_DONG, _DONGS), (_NAME, _NAMES)):
        for match in pattern.finditer(text):
            yield _with(line, *match.span(), chance.choice([one for one in others if one != match[0]]))


def _with(line: Line, start: int, end: int, piece: str) -> Line:
    text = line.text[:start] + piece + line.text[end:]
    return Line(field=line.field, text=text, source=line.source, piece=piece)


def _other_digit(number: str, chance: random.Random) -> str:
    places = [index for index, character in enumerate(number) if character.isdigit()]
    place = chance.choice(places)
    digits = [digit for digit in "123456789" if digit != number[place]]
    return number[:place] + chance.choice(digits) + number[place + 1 :]


def _swapped(number: str, chance: random.Random) -> str:
    """Two neighbouring digits that differ change places; where none do, one is another."""
    pairs = [
        index
        for index in range(len(number) - 1)
        if number[index : index + 2].isdigit() and number[index] != number[index + 1]
    ]
    if not pairs:
        return _other_digit(number, chance)
    place = chance.choice(pairs)
    return number[:place] + number[place + 1] + number[place] + number[place + 2 :]
