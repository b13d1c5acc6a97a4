"""A dialogue as it is written: who says what, and when the caller is put on hold.

One YAML file a dialogue in ``samples/dialogues/``::

    title: 마포구에서 소파 버리기
    topic: 대형 폐기물
    voices: {agent: jf_nezumi, caller: jm_kumo}   # optional
    turns:
      - {who: agent, text: 안녕하세요. 일이공 다산콜입니다., speed: 0.95}   # speed is optional
      - {hold_s: 6}
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import yaml

from samples.korean_speech.voice import Speaker

Role = Literal["agent", "caller"]


class DialogueError(ValueError):
    """A dialogue file that cannot be read as one."""


@dataclass(frozen=True)
class Speech:
    """One turn that is spoken."""

    who: Role
    text: str
    speed: float = 1.0
    """1.0 as the voice was recorded, lower is slower. A wording that comes out slurred may be clear at another."""


@dataclass(frozen=True)
class Hold:
    """The caller waits and hears music."""

    seconds: float


@dataclass(frozen=True)
class Dialogue:
    """A whole call, before it is spoken."""

    title: str
    topic: str
    turns: tuple[Speech | Hold, ...]
    agent: Speaker = "jf_nezumi"
    caller: Speaker = "jm_kumo"


def read_dialogue(path: Path) -> Dialogue:
    """Read one dialogue file.

    Raises:
        DialogueError: with the file's name and what is wrong in it.
    """
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise DialogueError(f"{path.name} is not YAML: {error}") from error
    try:
        voices = written.get("voices", {})
        return Dialogue(
            title=str(written["title"]),
            topic=str(written["topic"]),
            turns=tuple(_turn(turn) for turn in written["turns"]),
            agent=_speaker(voices.get("agent", "jf_nezumi")),
            caller=_speaker(voices.get("caller", "jm_kumo")),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DialogueError(f"{path.name}: {error!r} is missing or wrong") from error


def _turn(written: dict[str, object]) -> Speech | Hold:
    match written:
        case {"hold_s": int() | float() as seconds}:
            return Hold(float(seconds))
        case {"who": "agent" | "caller" as who, "text": str() as text}:
            digits = [char for char in text if char.isdigit()]
            if digits:
                raise ValueError(f"{text!r} has digits {digits}: write numbers as they are spoken")
            speed = written.get("speed", 1.0)
            if not isinstance(speed, int | float):
                raise TypeError(f"speed {speed!r} is not a number")
            return Speech("agent" if who == "agent" else "caller", text, float(speed))
    raise ValueError(f"{written} is neither who and text nor hold_s")


def _speaker(name: str) -> Speaker:
    for speaker in get_args(Speaker):
        if speaker == name:
            return name  # type: ignore[return-value]  # just found among the literals
    raise ValueError(f"{name!r} is none of the voices {', '.join(get_args(Speaker))}")
