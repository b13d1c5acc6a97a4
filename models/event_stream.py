"""Server-sent events, as far as chat streams use them: bytes in, the `data` of each event out. Pure.

https://html.spec.whatwg.org/multipage/server-sent-events.html. Lines are cut as bytes, before they become text:
a letter that arrives in halves stays whole, and U+2028 within an answer ends no line (`str.splitlines` would).
"""

from typing import Final

from contracts.errors import ModelUnusable

LINE_BYTES: Final = 256 * 1024
"""An event of a chat holds a few words; one of this size is no chat."""


class EventStream:
    """The lines of one answer."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._data: list[str] = []
        self._after_return = False

    def feed(self, data: bytes) -> list[str]:
        """The events that are whole now.

        Raises:
            ModelUnusable: a line without end, or one that is no UTF-8.
        """
        events: list[str] = []
        if self._after_return and data:
            data, self._after_return = data.removeprefix(b"\n"), False
        if data:
            self._after_return = data.endswith(b"\r")
        # Only CR, LF and both end a line; bytes.splitlines knows no others.
        for part in data.splitlines(keepends=True):
            ended = part.endswith((b"\r", b"\n"))
            self._line += part.rstrip(b"\r\n") if ended else part
            if len(self._line) > LINE_BYTES:
                raise ModelUnusable(
                    f"언어 모델 서버가 {LINE_BYTES // 1024} KiB가 넘는 줄을 보냈습니다. 주소가 맞는지 확인하십시오.",
                    f"the language model's server sent a line of more than {LINE_BYTES // 1024} KiB. Check its address.",
                )
            if ended:
                self._end_line(events)
        return events

    def end(self) -> list[str]:
        """The last event, where the stream ended without the empty line behind it."""
        return self.feed(b"\n\n")

    def _end_line(self, events: list[str]) -> None:
        try:
            line = self._line.decode()
        except UnicodeDecodeError:
            raise ModelUnusable(
                "언어 모델 서버가 UTF-8이 아닌 글자를 보냈습니다. 주소가 맞는지 확인하십시오.",
                "the language model's server sent what is no UTF-8. Check its address.",
            ) from None
        self._line.clear()
        if not line:
            if self._data:
                events.append("\n".join(self._data))
            self._data.clear()
            return
        name, _, value = line.partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))
