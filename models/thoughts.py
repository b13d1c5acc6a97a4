"""Takes a model's `<think>…</think>` off the front of its answer, piece by piece. Pure.

Qwen3 and others think aloud before they answer, unless their server puts that into a field of its own.
"""

from typing import Final

_OPEN: Final = "<think>"
_CLOSE: Final = "</think>"


class Thoughts:
    """Of one answer. Only what stands at its very beginning is a thought."""

    def __init__(self) -> None:
        self._held = ""
        self._where = "before"

    def feed(self, piece: str) -> str:
        """What of it, and of what was held back, is answer."""
        if self._where == "behind":
            return piece
        self._held += piece
        if self._where == "before":
            start = self._held.lstrip()
            if start.startswith(_OPEN):
                self._where, self._held = "within", start[len(_OPEN) :]
            elif not _OPEN.startswith(start):
                return self._rest("behind")
        if self._where == "within":
            _, found, rest = self._held.partition(_CLOSE)
            if found:
                self._held = rest.lstrip()
                # Blank lines behind the thought may still come: what follows is a beginning again.
                return self._rest("behind") if self._held else self._rest("before")
            self._held = self._held[-len(_CLOSE) :]
        return ""

    def end(self) -> str:
        """What was held back because it might have become a thought."""
        return self._rest("behind") if self._where == "before" else ""

    def _rest(self, where: str) -> str:
        rest, self._held, self._where = self._held, "", where
        return rest
