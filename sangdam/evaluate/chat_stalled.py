"""A reader who stands still in the chat bench: a supervisor's page that watches many conversations and stops reading.

Others must not notice. When it reads again it has been closed, comes back, and gets what it missed.
"""

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from contracts.errors import Unreachable
from sangdam.evaluate.chat_dialects import Dialect
from sangdam.evaluate.chat_load import Screen, Side, read_text
from sangdam.evaluate.chat_wire import Wire, open_wire
from sangdam.evaluate.waiting import until


class Stalled:
    """One page.

    Args:
        dialect: of the loader.
        port: of the gateway.
        key: a supervisor's cookie.
        contacts: what is watched, id → number.
    """

    def __init__(self, dialect: Dialect, port: int, key: str, contacts: Mapping[str, int]) -> None:
        self._dialect = dialect
        self._port = port
        self._key = key
        self._contacts = contacts
        self._last_seq = dict.fromkeys(contacts, 0)
        self._waits_for = 0
        self._shown: Counter[tuple[int, Side, int]] = Counter()
        self._gaps = 0
        self._wire: Wire | None = None
        self._close_code: int | None = None
        self._before: Counter[tuple[int, Side, int]] = Counter()

    async def begin(self, within_s: float) -> None:
        """Connect by a narrow line, see everything, then stop reading."""
        await self._connect(narrow=True)
        await self._until_ready(within_s)
        self._before = self._shown.copy()
        assert self._wire is not None
        self._wire.pause()

    async def end(self, sent: Mapping[tuple[Screen, Side], int], patience_s: float) -> dict[str, Any]:
        """Read again: what the gateway did meanwhile, and whether everything came in the end.

        Args:
            sent: as the loader's tally counts it.
            patience_s: for what was missed.
        """
        began = time.monotonic()
        if self._wire is not None:
            self._wire.resume()
        with suppress(Unreachable):  # what is missing is told
            await until(
                lambda: self._wire is None or not self._missing(sent), "closed or caught up", patience_s
            )
            if self._wire is None:
                await self._connect(narrow=False)
            await until(lambda: not self._missing(sent), "caught up", patience_s)
        caught_up_s = time.monotonic() - began
        if self._wire is not None:
            code, self._close_code = self._close_code, None
            self._wire.close()
        else:
            code = self._close_code
        return {
            "watched": len(self._contacts),
            "closed_with": code,
            "caught_up_s": round(caught_up_s, 2),
            "lost": self._missing(sent),
            "doubled": sum(count - 1 for count in self._shown.values() if count > 1),
            "gaps": self._gaps,
        }

    async def _connect(self, *, narrow: bool) -> None:
        headers = self._dialect.headers(self._key)
        self._wire = await open_wire(
            self._port, self._dialect.path, self._hear, self._gone, headers=headers, narrow=narrow
        )
        self._waits_for = len(self._contacts)
        for text in self._dialect.hello(self._key, list(self._last_seq.items())):
            self._wire.send(text)

    async def _until_ready(self, within_s: float) -> None:
        await until(
            lambda: self._waits_for <= 0 or self._wire is None, "the watching page shows its chats", within_s
        )

    def _hear(self, raw: bytes) -> None:
        for heard in self._dialect.hear(raw, "staff"):
            if heard.kind == "ready":
                self._waits_for -= 1
            elif heard.kind == "line" and heard.contact_id in self._last_seq:
                last = self._last_seq[heard.contact_id]
                self._gaps += bool(last) and heard.seq != last + 1
                self._last_seq[heard.contact_id] = max(last, heard.seq)
                if told := read_text(heard.text):
                    self._shown[told[:3]] += 1

    def _gone(self, code: int) -> None:
        self._wire, self._close_code = None, code

    def _missing(self, sent: Mapping[tuple[Screen, Side], int]) -> int:
        """Of all that was ever said there; what a first snapshot left out because it is older does not count."""
        seen = Counter((number, side) for number, side, _ in self._shown)
        return sum(
            max(0, count - seen[number, by])
            for ((number, screen), by), count in sent.items()
            if screen == "staff" and number in set(self._contacts.values())
        )
