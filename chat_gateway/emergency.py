"""Words of an emergency in what a citizen writes. Pure.

Made to miss little: a false alarm costs a glance at a banner. But everyday matters of a city (a light that does not
go on, fire insurance, bus 112) must not cry wolf. Words are looked for in the text without its spaces and marks, as
they are typed in haste (`살 려주세여`, `ㅅㅏㄹㄹㅕ`, `tkffuwntpdy`), some only where a word begins.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from chat_gateway.emergency_words import ASKED, EXCEPT, GATE, HAPPENED, NOW, SPELT, TALK, WORD_START
from chat_gateway.hangul import Meant, close, meant, squeezed

MAX_WORDS: Final = 5
_NEAR: Final = 40
"""Characters around a word that tell whether it happens now or is only talked about."""

_ASKED: Final = re.compile("|".join(ASKED))
_HAPPENED: Final = re.compile("|".join(HAPPENED))
_WORD_START: Final = re.compile("|".join(WORD_START))
_SPELT: Final = re.compile("|".join(SPELT))
_TALK: Final = re.compile(TALK)
_NOW: Final = re.compile(NOW)
_GATE: Final = re.compile(GATE)
_SPELT_GATE: Final = re.compile(r"[a-zà-ỹА-яөү]{3}|11[29]|911")


class Emergency:
    """Callable: text → the words, as they stand there; empty: none."""

    def __init__(self, also: Iterable[str] = (), excepted: Iterable[str] = ()) -> None:
        """Args: also: a site's own words; excepted: phrases that are none although such words stand in them."""
        self._also = _plain(also)
        own = _plain(excepted)
        self._except = re.compile("|".join((*EXCEPT, *((own.pattern,) if own else ()))))

    def __call__(self, text: str) -> tuple[str, ...]:
        whole = meant(text)
        found: set[tuple[int, int]] = set()
        if _SPELT_GATE.search(whole.text):
            found.update(whole.written(hit.span()) for hit in _SPELT.finditer(whole.text))
        letters = close(whole.text)
        if _GATE.search(letters) or (self._also and self._also.search(letters)):
            found.update(self._close(*squeezed(whole)))
        words: list[str] = []
        last = 0
        for begin, end in sorted(found):
            if begin >= last and len(words) < MAX_WORDS:
                words.append(text[begin:end])
            last = max(last, end)
        return tuple(words)

    def _close(self, letters: Meant, begins: frozenset[int]) -> Iterator[tuple[int, int]]:
        none = [hit.span() for hit in self._except.finditer(letters.text)]

        def stands(span: tuple[int, int]) -> bool:
            return not any(begin < span[1] and span[0] < end for begin, end in none)

        for pattern in (_ASKED, self._also):
            for hit in pattern.finditer(letters.text) if pattern else ():
                if stands(hit.span()):
                    yield letters.written(hit.span())
        for pattern, needs_start in ((_HAPPENED, False), (_WORD_START, True)):
            for hit in pattern.finditer(letters.text):
                if needs_start and hit.start() not in begins:
                    continue
                if stands(hit.span()) and not _only_talked_of(letters.text, hit.span()):
                    yield letters.written(hit.span())


def _only_talked_of(text: str, span: tuple[int, int]) -> bool:
    near = text[max(0, span[0] - _NEAR) : span[1] + _NEAR]
    return bool(_TALK.search(near)) and not _NOW.search(near)


def _plain(words: Iterable[str]) -> re.Pattern[str] | None:
    written = [re.escape(close(meant(word).text)) for word in words]
    return re.compile("|".join(word for word in written if word)) if any(written) else None
