"""One answer of an OpenAI-compatible server as its bytes come in: pieces of text out, bounded. Pure."""

from typing import Final

from contracts.errors import ModelAway, ModelUnusable
from models.chat_chunks import DONE, Chunk, no_chat, read_chunk, read_whole
from models.event_stream import EventStream
from models.language_model import Prompt
from models.thoughts import Thoughts

ANSWER_BYTES: Final = 8 * 1024 * 1024
"""Of one answer on the line; an event is about 300 bytes a token."""
_CHARS_A_TOKEN: Final = 16
"""No tokenizer makes longer ones of running text: what writes more than that does not keep to `max_tokens`."""


class NoAnswer(ModelUnusable):
    """The server did its part, and what the model wrote is no answer: no reason to leave the server alone."""


class ChatAnswer:
    """One answer as its bytes come in."""

    def __init__(self, prompt: Prompt) -> None:
        """Nothing yet; the prompt says how long it may become."""
        self.heard = 0
        """Chunks with words or thoughts."""
        self.over = False
        self._events = EventStream()
        self._thoughts = Thoughts()
        self._whole = bytearray()
        self._bytes = 0
        self._chars = 0
        self._most_chars = _CHARS_A_TOKEN * prompt.max_tokens
        self._finish = ""
        self._said = False
        self._events_seen = False

    def feed(self, data: bytes, kind: str) -> list[str]:
        """Pieces of text.

        Args:
            data: the next bytes; none: the server has closed the line.
            kind: their content type.

        Raises:
            ModelAway: the server tells an error, or closed the line too early.
            NoAnswer: all is there, and it is empty or cut off.
            ModelUnusable: it is no chat, or has no end.
        """
        self._bytes += len(data)
        if self._bytes > ANSWER_BYTES:
            raise _endless()
        if kind.startswith("application/json"):
            return self._json(data)
        pieces: list[str] = []
        for event in self._events.feed(data) if data else self._events.end():
            self._events_seen = True
            if event == DONE:
                return [*pieces, *self._end()]
            pieces += self._take(read_chunk(event))
        return pieces if data else [*pieces, *self._end(closed=True)]

    def _json(self, data: bytes) -> list[str]:
        self._whole += data
        if data:
            return []
        return [*self._take(read_whole(self._whole.decode(errors="replace"))), *self._end()]

    def _take(self, chunk: Chunk) -> list[str]:
        self._finish = chunk.finish or self._finish
        if chunk.text or chunk.thought:
            self.heard += 1
        self._chars += len(chunk.text)
        if self._chars > self._most_chars:
            raise _endless()
        return self._kept(self._thoughts.feed(chunk.text))

    def _kept(self, text: str) -> list[str]:
        self._said = self._said or bool(text.strip())
        return [text] if text else []

    def _end(self, *, closed: bool = False) -> list[str]:
        if closed and not self._events_seen:
            raise no_chat()
        if closed and not self._finish:
            raise ModelAway(
                "언어 모델 서버가 답하던 중에 연결을 끊었습니다.",
                "the language model's server closed the line while it answered.",
            )
        self.over = True
        rest = self._kept(self._thoughts.end())
        if not self._said:
            raise NoAnswer(
                "언어 모델이 빈 답을 냈습니다.",
                "the language model gave an empty answer.",
            )
        if self._finish == "length":
            raise NoAnswer(
                "언어 모델의 답이 정해진 길이를 넘어 중간에 끊겼습니다.",
                "the language model's answer was cut off at the longest length allowed.",
            )
        return rest


def _endless() -> ModelUnusable:
    return ModelUnusable(
        "언어 모델의 답이 끝나지 않아 끊었습니다.",
        "the language model's answer had no end and was cut off.",
    )
