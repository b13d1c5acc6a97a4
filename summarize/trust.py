"""What of a written draft may be shown: only what the words that were said carry. Pure.

A language model may invent, mix up who said what, or obey a caller who dictates. So each of its lines

- must rest on utterances that carry its words, else it is withheld and counted;
- gets the utterances that do carry it, when it cites none or others;
- has marked in it every number, date, amount, telephone number, address and name that nobody said.

What the agent is said to have told (처리내용, 후속조치) must be in the agent's words, or in the caller's that she
confirmed; what a caller dictates (`무료라고 적어 주세요`) carries nothing.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.summary import Doubt, SummaryField, SummaryLine
from summarize.figures import Figure, figures
from summarize.naming import unsaid_names
from summarize.polarity import contradicts
from summarize.speech import sentences
from summarize.spoken import Piece, Spoken
from summarize.wording import Term, squeezed, terms

ENOUGH: Final = 0.52
"""Share of a line's words that what was said must carry (by weight). Calibrated: `sangdam eval summary`."""

TOLD: Final = 0.4
"""Of what the agent is said to have told, her own words must carry this much: the rest may be the caller's question."""

MAX_LINES: Final[dict[SummaryField, int]] = {
    "inquiry": 4, "handling": 6, "followup": 4, "agency": 1, "due": 1, "owner": 1, "result": 1
}  # fmt: skip
MAX_CHARS: Final = 200
"""Of a line; a longer one is no line of a note."""
_MAX_EVIDENCE: Final = 4
_FIGURE_WEIGHT: Final = 2

_BY_AGENT: Final[frozenset[SummaryField]] = frozenset({"handling", "followup", "agency", "due", "owner"})
"""What the agent told or promised."""

_FOREIGN: Final = re.compile(
    r"https?:|www\.|\]\(|<[A-Za-z/!]|[{}`]|\*\*|\bjavascript\b|(?i:system\s?:|assistant\s?:)"
)
"""No words of a note: links, markup, code."""
_BULLET: Final = re.compile(r"^[\s\-•·*○▶■□◦※]+|^\d{1,2}[.)]\s+")


@dataclass(frozen=True, slots=True)
class Checked:
    """Lines that may be shown, in their order."""

    lines: tuple[SummaryLine, ...]
    withheld: int

    @property
    def doubts(self) -> int:
        return sum(len(line.doubts) for line in self.lines)


def check(lines: Iterable[SummaryLine], spoken: Spoken) -> Checked:
    """Keep, mend, mark or withhold each line; a repeated one is dropped silently."""
    kept: list[SummaryLine] = []
    count: dict[SummaryField, int] = {}
    withheld = 0
    for line in lines:
        found = checked_line(line, spoken)
        if found is None or count.get(line.field, 0) >= MAX_LINES[line.field]:
            withheld += 1
            continue
        if any(one.field == found.field and one.text == found.text for one in kept):
            continue
        count[found.field] = count.get(found.field, 0) + 1
        kept.append(found)
    return Checked(tuple(kept), withheld)


def checked_line(line: SummaryLine, spoken: Spoken) -> SummaryLine | None:
    """The line as it may be shown; None: what was said does not carry it."""
    text = _BULLET.sub("", " ".join(line.text.split()))
    if not text or len(text) > MAX_CHARS or _FOREIGN.search(text):
        return None
    by_agent = line.field in _BY_AGENT
    numbers = figures(text)
    said = [one for one in numbers if spoken.said(one, by_agent=by_agent)]
    if by_agent and any(spoken.only_dictated(one) for one in numbers if one not in said):
        return None
    claim = Claim(
        tuple(terms(text, [(one.start, one.end) for one in numbers])), tuple(said), by_agent=by_agent
    )
    evidence = _evidence(claim, line.evidence, spoken)
    if evidence is None or (by_agent and _contradicts(text, claim, evidence)):
        return None
    words = spoken.squeezed_free if by_agent else spoken.squeezed
    unsaid = [Doubt(start=one.start, end=one.end, kind=one.kind) for one in numbers if one not in said]
    return SummaryLine(
        field=line.field,
        text=text,
        evidence=tuple(piece.utterance_id for piece in evidence),
        doubts=_apart([*unsaid, *unsaid_names(text, words)]),
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """What a line says: its words, and those of its figures that were said."""

    terms: tuple[Term, ...]
    figures: tuple[Figure, ...]
    by_agent: bool

    def carried(self, pieces: Sequence[Piece]) -> float:
        """Share of the line that these utterances carry together, 0-1; figures that nobody said count for nothing."""
        whole = sum(term.weight for term in self.terms) + _FIGURE_WEIGHT * len(self.figures)
        if not whole or not pieces:
            return 0.0
        words = sum(term.weight * max(self._in(term, piece) for piece in pieces) for term in self.terms)
        numbers = sum(
            _FIGURE_WEIGHT
            for figure in self.figures
            if any(self._may_carry(piece) and piece.figures.has(figure) for piece in pieces)
        )
        return (words + numbers) / whole

    def rests_on(self, pieces: Sequence[Piece]) -> bool:
        """Whether enough of it is carried, and where the agent is to have told it, also by what she said."""
        if self.carried(pieces) < ENOUGH:
            return False
        told = [piece for piece in pieces if piece.role != "caller"]
        return not self.by_agent or self.carried(told) >= TOLD

    def _in(self, term: Term, piece: Piece) -> float:
        if self.by_agent:
            return term.in_(piece.squeezed_free, piece.free)
        return term.in_(piece.squeezed, piece.text)

    def _may_carry(self, piece: Piece) -> bool:
        return piece.confirmed or not self.by_agent


def _evidence(claim: Claim, cited: Sequence[str], spoken: Spoken) -> list[Piece] | None:
    """The utterances that a line rests on: those it cites, as far as they carry it, else the ones that do."""
    known = [spoken.by_id[one] for one in dict.fromkeys(cited) if one in spoken.by_id]
    of_use = [piece for piece in known if claim.carried([piece]) > 0][:_MAX_EVIDENCE]
    if of_use and claim.rests_on(of_use):
        return of_use
    found = _found(claim, of_use, spoken)
    return found if claim.rests_on(found) else None


def _found(claim: Claim, begin: Sequence[Piece], spoken: Spoken) -> list[Piece]:
    """Utterances that carry the most of a claim, few of them, in spoken order."""
    shares = {piece.utterance_id: claim.carried([piece]) for piece in spoken.pieces}
    likely = [piece for piece in spoken.pieces if shares[piece.utterance_id] > 0]
    likely.sort(key=lambda piece: -shares[piece.utterance_id])
    # Further utterances of a long contact each carry less than these.
    likely = likely[:24]
    chosen = list(begin)
    share = claim.carried(chosen)
    while len(chosen) < _MAX_EVIDENCE:
        best = max(likely, key=lambda piece: claim.carried([*chosen, piece]), default=None)
        if best is None or (more := claim.carried([*chosen, best])) <= share + 0.05:
            break
        chosen.append(best)
        share = more
    if claim.by_agent and not claim.rests_on(chosen):
        told = [piece for piece in likely if piece.role != "caller" and piece not in chosen]
        chosen = [*chosen[: _MAX_EVIDENCE - 2], *told[:2]]
    order = {piece.utterance_id: index for index, piece in enumerate(spoken.pieces)}
    return sorted(chosen, key=lambda piece: order[piece.utterance_id])


def _contradicts(text: str, claim: Claim, evidence: Sequence[Piece]) -> bool:
    told = [piece.free for piece in evidence if piece.role != "caller"]
    return contradicts(text, " ".join(told), " ".join(_about(claim, told)))


def _about(claim: Claim, told: Sequence[str]) -> list[str]:
    """The sentences that speak of the line's matter; all of them when none does by its words."""
    all_of_them = [sentence for text in told for sentence in sentences(text)]
    near = [
        sentence
        for sentence in all_of_them
        if any(term.in_(squeezed(sentence), sentence) for term in claim.terms)
    ]
    return near or all_of_them


def _apart(doubts: Iterable[Doubt]) -> tuple[Doubt, ...]:
    """By start; of overlapping ones the first."""
    kept: list[Doubt] = []
    for doubt in sorted(doubts, key=lambda one: (one.start, -one.end)):
        if not kept or doubt.start >= kept[-1].end:
            kept.append(doubt)
    return tuple(kept)
