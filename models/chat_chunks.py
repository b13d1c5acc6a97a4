"""What an OpenAI-compatible server sends: events of a streamed chat, and a whole answer. Pure.

Servers differ: a chunk may have no choices (usage, filters), a choice no content (role, thoughts), and an error
may come in the middle of a good stream. https://platform.openai.com/docs/api-reference/chat/streaming
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from contracts.errors import ModelAway, ModelUnusable

DONE: Final = "[DONE]"


@dataclass(frozen=True, slots=True)
class Chunk:
    """One event."""

    text: str = ""
    thought: bool = False
    """The model is thinking aloud, in a field of its own: it lives, and says nothing yet."""
    finish: str = ""
    """Why it stopped: `stop`, `length`, …; empty: it goes on."""


def read_chunk(data: str) -> Chunk:
    """An event of a stream.

    Raises:
        ModelAway: it tells an error.
        ModelUnusable: it is none of a chat.
    """
    return _read(data, "delta")


def read_whole(data: str) -> Chunk:
    """A whole answer, from a server that does not stream; raises the same."""
    found = _read(data, "message")
    return Chunk(found.text, found.thought, found.finish or "stop")


def _read(data: str, part: str) -> Chunk:
    try:
        event: Any = json.loads(data)
    except (ValueError, RecursionError):
        raise no_chat() from None
    if not isinstance(event, dict):
        raise no_chat()
    if event.get("error"):
        raise ModelAway(
            "언어 모델 서버가 답하던 중에 오류를 알렸습니다. 서버의 기록을 확인하십시오.",
            "the language model's server told an error while it answered. Look at its log.",
        )
    choices = event.get("choices")
    if not isinstance(choices, list):
        raise no_chat()
    if not choices:
        return Chunk()
    choice = choices[0]
    said = choice.get(part) if isinstance(choice, dict) else None
    if not isinstance(said, dict | None) or not isinstance(choice, dict):
        raise no_chat()
    said = said or {}
    text = said.get("content") or ""
    finish = choice.get("finish_reason") or ""
    if not isinstance(text, str) or not isinstance(finish, str):
        raise no_chat()
    return Chunk(text, bool(said.get("reasoning_content") or said.get("reasoning")), finish)


def no_chat() -> ModelUnusable:
    return ModelUnusable(
        "언어 모델 서버의 응답이 OpenAI 대화 형식이 아닙니다. 주소가 '/v1'로 끝나는지 확인하십시오.",
        "the language model's server did not answer in the OpenAI chat format. Check that its address ends in '/v1'.",
    )
