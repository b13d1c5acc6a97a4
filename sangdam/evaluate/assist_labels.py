"""Labelled conversations, `samples/conversations`: who says what, and which cards would be right."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from contracts.errors import BadInput
from contracts.event import Role

Split = Literal["tune", "test"]

Kind = Literal[
    "change_of_mind",
    "agency",
    "emergency",
    "nothing",
    "small_talk",
    "long_story",
    "district",
    "several",
    "agent_confirms",
    "slips",
]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Turn(_Model):
    """One final, and what is due from it on."""

    who: Role
    text: str
    right: tuple[tuple[str, ...], ...] = ()
    """Needs that arise here; each is met by any one of its cards."""
    also: tuple[str, ...] = ()
    """Cards that are right from here on as well, without being missed."""
    nothing: bool = False
    """A question that no guide answers."""
    instead: bool = False
    """A change of mind: what was right before is not any more."""

    @model_validator(mode="after")
    def _is_of_a_caller(self) -> "Turn":
        if self.who != "caller" and (self.right or self.also or self.nothing or self.instead):
            raise ValueError("only turns of the caller have labels")
        return self

    @property
    def named(self) -> Iterator[str]:
        """Every card that its labels name."""
        for need in self.right:
            yield from need
        yield from self.also


class Labelled(_Model):
    """One conversation."""

    name: str
    title: str
    split: Split
    kinds: tuple[Kind, ...]
    turns: tuple[Turn, ...]


def read_conversations(folder: Path, known: Collection[str]) -> list[Labelled]:
    """Every conversation of a folder, by name.

    Args:
        folder: YAML files, one each; see `samples/conversations/README.md`.
        known: ids of all cards that there are.

    Raises:
        BadInput: no file, one that cannot be read, or one that names a card there is not.
    """
    found: list[Labelled] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            found.append(Labelled.model_validate({"name": path.stem} | content))
        except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError, TypeError) as error:
            raise BadInput(
                f"예시 통화 {path}을(를) 읽을 수 없습니다: {error}",
                f"cannot read the conversation {path}: {error}",
            ) from error
        unknown = {card for turn in found[-1].turns for card in turn.named} - set(known)
        if unknown:
            raise BadInput(
                f"{path}: 없는 안내문을 가리킵니다: {', '.join(sorted(unknown))}",
                f"{path}: names guides there are not: {', '.join(sorted(unknown))}",
            )
    if not found:
        raise BadInput(f"{folder}에 예시 통화(.yaml)가 없습니다.", f"no conversations (.yaml) in {folder}.")
    return found
