"""Masks personal data in what was said, on the stream of one channel. Pure: no I/O, no clock.

A number is often read in chunks over several utterances; one chunk alone tells little. `StreamRedactor` keeps
the digits that were read last, so that a chunk which goes on with them is masked too. What was published
cannot be taken back, so a run of bare digits is masked when it first could be the head of a number.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.transcript import Word
from privacy.digits import Chain, Token, chains, tokens_of
from privacy.names import name_spans
from privacy.numbers import LENGTHS, context_kind, kind_of
from privacy.patterns import Kind, Span, shaped_spans

MASKS: Final[dict[Kind, str]] = {
    "phone": "[전화번호]",
    "rrn": "[주민등록번호]",
    "card": "[카드번호]",
    "account": "[계좌번호]",
    "email": "[이메일]",
    "name": "[이름]",
    "address": "[상세주소]",
    "plate": "[차량번호]",
}

_PATIENCE: Final = 2
"""Utterances without digits after which an unfinished number or an announcement is forgotten."""

_MAX_TAIL: Final = 20
"""Digits remembered: longer than any number known here."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """Masked text. `spans` frame what was masked in the raw text, in order and apart from each other."""

    text: str
    kinds: tuple[Kind, ...] = ()
    """Kinds found, each once, in order of appearance."""
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class _Memory:
    """What the next utterance of the channel has to know."""

    tail: str = ""
    """Digits read last of a number that may go on."""
    kind: Kind | None = None
    """Kind of that number, or kind announced by words."""
    masked: bool = False
    """The tail was long enough to be masked; single digits wait for more."""
    patience: int = 0


_UNKNOWN: Final = _Memory(tail="0", masked=True, patience=_PATIENCE)
"""Of who begins in the midst of a channel: a number may have been begun, and then it was one to mask."""


class StreamRedactor:
    """One per channel of a contact. Feed it every final in order; partials leave its memory alone.

    Args:
        joins: the channel is heard from its midst on; digits that the first two utterances begin with are masked.
    """

    def __init__(self, *, joins: bool = False) -> None:
        self._memory = _UNKNOWN if joins else _Memory()

    @property
    def remembers(self) -> bool:
        """What was said before has a say in what is masked next."""
        return self._memory != _Memory()

    def redact(self, text: str) -> Redacted:
        """Mask a final and remember its trailing digits. Never raises."""
        redacted, self._memory = _redact(text, self._memory)
        return redacted

    def redact_partial(self, text: str) -> Redacted:
        """Mask the current partial of the utterance that the next final will close."""
        return _redact(text, self._memory)[0]


def redact(text: str) -> Redacted:
    """Mask one text on its own."""
    return _redact(text, _Memory())[0]


def redact_words(words: Sequence[Word], raw: str, redacted: Redacted) -> tuple[Word, ...]:
    """The words of `raw` with masked ones replaced: each masked span becomes one word that reads as its mask.

    Words that cannot be found in `raw` in order would be a way around the masks: when anything is masked, they
    are dropped.
    """
    if not redacted.spans:
        return tuple(words)
    result: list[Word] = []
    cursor, last_span = 0, None
    for word in words:
        bare = word.text.strip()
        start = raw.find(bare, cursor)
        if not bare or start < 0:
            continue
        end = cursor = start + len(bare)
        touched = [span for span in redacted.spans if span.start < end and start < span.end]
        if not touched:
            result.append(word)
        elif touched[0] == last_span and len(touched) == 1:
            tail = raw[max(start, touched[0].end) : end]
            held = result[-1]
            result[-1] = held.model_copy(
                update={
                    "text": held.text + tail,
                    "end_ms": word.end_ms,
                    "probability": min(held.probability, word.probability),
                }
            )
        else:
            result.append(
                word.model_copy(update={"text": _masked_piece(raw, start, end, touched, last_span)})
            )
        last_span = touched[-1] if touched else None
    return tuple(result)


def _masked_piece(raw: str, start: int, end: int, touched: Sequence[Span], last: Span | None) -> str:
    pieces = []
    for span in touched:
        pieces.append(raw[start : max(start, span.start)])
        if span != last:
            pieces.append(MASKS[span.kind])
        start = min(end, span.end)
    return "".join((*pieces, raw[start:end]))


def _redact(text: str, memory: _Memory) -> tuple[Redacted, _Memory]:
    shaped = _apart([*shaped_spans(text), *name_spans(text)])
    tokens = tokens_of(text)
    found = list(chains(tokens, begun=memory.masked and memory.tail.startswith("0")))
    numbers: list[Span] = []
    after = _forgetting(text, tokens, memory, has_digits=bool(found))
    for chain in found:
        if any(span.start < chain.end and chain.start < span.end for span in shaped):
            continue
        span, after = _number(text, tokens, chain, memory, after)
        if span is not None:
            numbers.append(span)
            memory = after
    spans = _apart([*shaped, *numbers])
    return Redacted(_mask(text, spans), _each_once(span.kind for span in spans), tuple(spans)), after


def _number(
    text: str, tokens: Sequence[Token], chain: Chain, memory: _Memory, after: _Memory
) -> tuple[Span | None, _Memory]:
    """The chain's mask, if it needs one, and what to remember should nothing follow it."""
    leading = all(token.is_filler for token in tokens[: chain.first])
    trailing = all(token.is_filler for token in tokens[chain.last + 1 :])
    alone = leading and trailing
    announced = context_kind(text[: chain.start])
    context = announced or memory.kind
    goes_on = bool(memory.tail) and leading and announced is None
    kind = kind_of(chain, context, alone=alone)
    if kind is None and goes_on and not chain.counted and (alone or chain.strong):
        kind = (memory.kind or "phone") if memory.masked or len(memory.tail + chain.digits) >= 3 else None
    digits = (memory.tail if goes_on else "") + chain.digits
    end = chain.end
    if kind is not None and _swallowed(chain, digits, kind):
        digits, end = digits + "2", end + 1
    if trailing and not chain.counted and (kind is not None or alone or context is not None):
        known = kind or context
        complete = known is not None and len(digits) >= LENGTHS.get(known, _MAX_TAIL)
        # What was heard as a digit may have been a particle: a complete number is kept for one more utterance.
        after = _Memory(digits[-_MAX_TAIL:], known, kind is not None, 1 if complete else _PATIENCE)
    if kind is None:
        return None, after
    return Span(chain.start, end, kind), after


def _swallowed(chain: Chain, digits: str, kind: Kind) -> bool:
    """Whether the 이 of `오육칠이요` was the digit and no copula: the number lacks just that one digit."""
    last = chain.words[-1]
    if not last.copula:
        return False
    if kind == "rrn":
        return len(digits) in (5, 12)
    if kind == "phone" and digits.startswith("0"):
        return digits.startswith("010") and len(digits) in (6, 10)
    return kind in ("phone", "card") and len(last.digits) == 3


def _forgetting(text: str, tokens: Sequence[Token], memory: _Memory, *, has_digits: bool) -> _Memory:
    """Memory after an utterance whose digits, if any, start nothing."""
    announced = context_kind(text)
    if announced is not None:
        return _Memory(kind=announced, patience=_PATIENCE)
    if not has_digits and all(token.is_filler for token in tokens):
        return memory
    if memory.patience <= 1:
        return _Memory()
    return _Memory(memory.tail, memory.kind, memory.masked, memory.patience - 1)


def _apart(spans: Iterable[Span]) -> list[Span]:
    """Overlapping spans become one, of the kind of the first and longest."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if result and span.start < result[-1].end:
            result[-1] = result[-1]._replace(end=max(result[-1].end, span.end))
        else:
            result.append(span)
    return result


def _mask(text: str, spans: Sequence[Span]) -> str:
    pieces: list[str] = []
    cursor = 0
    for span in spans:
        pieces += [text[cursor : span.start], MASKS[span.kind]]
        cursor = span.end
    return "".join([*pieces, text[cursor:]])


def _each_once(kinds: Iterable[Kind]) -> tuple[Kind, ...]:
    return tuple(dict.fromkeys(kinds))
