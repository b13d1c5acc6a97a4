"""The extractive draft: which utterances of a contact are its inquiry, its handling and its next steps.

A line is what somebody said, word for word, without greetings and interjections at its ends. Nothing is
written that nobody said: the draft is '핵심 발화', no summary.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from contracts.event import Role
from contracts.summary import SummaryField, SummaryLine
from contracts.transcript import Utterance
from summarize import speech
from summarize.centrality import centrality, similarity

MAX_LINES: Final[dict[SummaryField, int]] = {"inquiry": 3, "handling": 4, "followup": 2}

MAX_CANDIDATES: Final = 160
"""Passages compared with each other; the first ones and the last ones of a very long contact count."""

_MAX_CHARS: Final = 120
"""A line longer than this is cut down to the sentences that carry it."""

_QUESTION_SCORE: Final = 3.0
_WEAK_SCORE: Final = 2.4
"""A complaint has 1.5 and reaches this when it opens the matter or the others speak of it."""

_UNRELATED: Final = 0.15
"""A plain statement that is no nearer to any inquiry than this answers none."""

_SAME: Final = 0.6
"""Passages as similar as this say the same; the later one counts."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive sentences of one utterance, or of two that belong together, proposed for a field."""

    position: int
    """Index of its last utterance."""
    text: str
    evidence: tuple[str, ...]
    terms: frozenset[str]
    strength: float
    score: float = 0.0


def extract(utterances: Sequence[Utterance], roles: Mapping[int, Role]) -> tuple[SummaryLine, ...]:
    """Lines of the draft, by field and then in spoken order.

    Args:
        utterances: finals in spoken order.
        roles: channel → role, wins over the role in an utterance.
    """
    said = [Said(utterance, roles.get(utterance.channel, utterance.role)) for utterance in utterances]
    asked = _bounded(_inquiries(said))
    promised = _bounded(_followups(said))
    answered = _bounded(_answers(said, ()))
    central = dict(
        zip(
            [(passage.position, passage.text) for passage in (*asked, *answered)],
            centrality([passage.terms for passage in (*asked, *answered)]),
            strict=True,
        )
    )

    def ranked(passages: Iterable[Passage], weight: float) -> list[Passage]:
        return [
            replace(p, score=p.strength + weight * central.get((p.position, p.text), 0.0)) for p in passages
        ]

    inquiries = _latest_of_alike(_with_recency(ranked(asked, 1.5), len(said)))
    inquiry = _best(_without_weak(inquiries), MAX_LINES["inquiry"])
    followup = _best(_latest_of_alike(_with_recency(promised, len(said))), MAX_LINES["followup"])
    taken = tuple(passage.text for passage in followup)
    answers = ranked(_bounded(_answers(said, taken)), 1.0)
    answers = [
        replace(p, score=p.score + related)
        for p in answers
        if (related := _relation(p, inquiry, said)) > _UNRELATED or p.strength >= 2
    ]
    handling = _best(_latest_of_alike(answers), MAX_LINES["handling"])
    return (*_lines("inquiry", inquiry), *_lines("handling", handling), *_lines("followup", followup))


@dataclass(frozen=True, slots=True)
class Said:
    """An utterance with the role that holds now."""

    utterance: Utterance
    role: Role

    @property
    def sentences(self) -> list[str]:
        return speech.sentences(self.utterance.text)

    @property
    def is_empty(self) -> bool:
        return all(speech.says_nothing(sentence) for sentence in self.sentences)


def _inquiries(said: Sequence[Said]) -> list[Passage]:
    """What was asked, wanted or complained about, by the caller where it is known who that is."""
    passages: list[Passage] = []
    for position, piece in enumerate(said):
        if piece.role == "agent" or (
            piece.role == "unknown" and speech.sounds_like_staff(piece.utterance.text)
        ):
            continue
        sentences = piece.sentences
        strengths = [_asking(sentence, piece.role) for sentence in sentences]
        if not any(strengths):
            continue
        passage = _passage(said, position, sentences, strengths, only_these=_was_asked(said, position))
        passage = _with_what_came_before(passage, said)
        if speech.content_words(passage.text):
            passages.append(passage)
    if passages:
        passages[0] = replace(passages[0], strength=passages[0].strength + 0.6)
    return passages


def _was_asked(said: Sequence[Said], position: int) -> bool:
    """Whether the other party asked for something just before: then the first words are the answer to that."""
    if position == 0 or said[position - 1].utterance.channel == said[position].utterance.channel:
        return False
    return any(speech.asks_caller(s) and not speech.says_nothing(s) for s in said[position - 1].sentences)


def _asking(sentence: str, role: Role) -> float:
    if speech.says_nothing(sentence):
        return 0.0
    if role == "unknown":
        return 3.0 if speech.asks(sentence) else _wanting(sentence)
    urgent = 5.0 if speech.is_emergency(sentence) else 0.0
    if speech.asks(sentence):
        return urgent + 3.0
    if speech.wants(sentence):
        return urgent + 2.5
    return urgent + 1.5 if speech.complains(sentence) else urgent


def _wanting(sentence: str) -> float:
    """Of a speaker who may be the agent: a wish, or trouble, that does not sound like an answer."""
    if speech.tells_formally(sentence) or speech.promises(sentence):
        return 0.0
    if speech.is_emergency(sentence):
        return 5.0
    return 2.5 if speech.wants(sentence) else 1.5 if speech.complains(sentence) else 0.0


def _with_what_came_before(passage: Passage, said: Sequence[Said]) -> Passage:
    """`어떻게 해야 하나요` alone asks nothing: the speaker's utterance just before belongs to it."""
    position = passage.position
    if position == 0 or len(speech.content_words(passage.text)) >= 2:
        return passage
    before, here = said[position - 1], said[position]
    if before.utterance.channel != here.utterance.channel or before.is_empty:
        return passage
    last = [sentence for sentence in before.sentences if not speech.says_nothing(sentence)][-1]
    whole = f"{speech.trimmed(last)} {passage.text}"
    return replace(
        passage,
        text=whole,
        evidence=(before.utterance.utterance_id, *passage.evidence),
        terms=speech.bigrams(whole),
    )


def _followups(said: Sequence[Said]) -> list[Passage]:
    """Promises, what the caller is to do next, and offers that were taken."""
    passages: list[Passage] = []
    for position, piece in enumerate(said):
        if piece.role == "caller":
            continue
        sentences = piece.sentences
        strengths = [0.0 if speech.says_nothing(s) else speech.promises(s) for s in sentences]
        if speech.offers(sentences[-1] if sentences else "") and _agreed(said, position):
            strengths[-1] = 2.5
        if any(strengths):
            passages.append(_passage(said, position, sentences, strengths, only_these=True))
    return passages


def _agreed(said: Sequence[Said], position: int) -> bool:
    if position + 1 >= len(said):
        return False
    answer = said[position + 1]
    return answer.utterance.channel != said[position].utterance.channel and speech.agrees(
        answer.utterance.text
    )


def _answers(said: Sequence[Said], taken: Sequence[str]) -> list[Passage]:
    """What the agent told, without the sentences that stand in `taken` lines already."""
    passages: list[Passage] = []
    # Before the caller speaks the agent can only greet, however the greeting was misheard.
    asked_from = next((position for position, piece in enumerate(said) if piece.role == "caller"), 0)
    for position, piece in enumerate(said):
        if piece.role == "caller" or (piece.role == "agent" and position < asked_from):
            continue
        sentences = piece.sentences
        strengths = [
            0.0
            if speech.says_nothing(s)
            or any(speech.trimmed(s) in text for text in taken)
            or (piece.role == "unknown" and not speech.tells_formally(s))
            else speech.tells(s)
            for s in sentences
        ]
        if any(strengths):
            passages.append(_passage(said, position, sentences, strengths, only_these=True))
    return passages


def _relation(passage: Passage, inquiry: Sequence[Passage], said: Sequence[Said]) -> float:
    """More for what follows a question, and for what speaks of the same things."""
    follows = any(0 < passage.position - asked.position <= 2 for asked in inquiry)
    about = max((similarity(passage.terms, asked.terms) for asked in inquiry), default=0.0)
    urgent = 2.0 if speech.is_emergency(said[passage.position].utterance.text) else 0.0
    return 1.0 * follows + about + urgent


def _passage(
    said: Sequence[Said],
    position: int,
    sentences: Sequence[str],
    strengths: Sequence[float],
    *,
    only_these: bool = False,
) -> Passage:
    """The sentences from the first that says something to the last that counts; counting ones at least."""
    counting = [index for index, strength in enumerate(strengths) if strength]
    first = counting[0]
    if not only_these:
        first = next(
            i for i, sentence in enumerate(sentences) if not speech.says_nothing(sentence) or i == first
        )
    text = _trimmed_range(sentences[first : counting[-1] + 1])
    if len(text) > _MAX_CHARS:
        strongest = max(counting, key=lambda index: strengths[index])
        text = _trimmed_range(sentences[strongest : strongest + 1])
    return Passage(
        position=position,
        text=text,
        evidence=(said[position].utterance.utterance_id,),
        terms=speech.bigrams(text),
        strength=max(strengths),
    )


def _trimmed_range(sentences: Sequence[str]) -> str:
    return speech.trimmed("".join(sentences))


def _bounded(passages: list[Passage]) -> list[Passage]:
    if len(passages) <= MAX_CANDIDATES:
        return passages
    head = MAX_CANDIDATES // 4
    return [*passages[:head], *passages[head - MAX_CANDIDATES :]]


def _with_recency(passages: Iterable[Passage], count: int) -> list[Passage]:
    """Later counts a little more: callers change their minds."""
    return [replace(p, score=(p.score or p.strength) + 0.5 * p.position / max(count, 1)) for p in passages]


def _latest_of_alike(passages: Sequence[Passage]) -> list[Passage]:
    """Of passages that say the same, the last."""
    return [
        passage
        for index, passage in enumerate(passages)
        if not any(similarity(passage.terms, later.terms) > _SAME for later in passages[index + 1 :])
    ]


def _without_weak(passages: Sequence[Passage]) -> list[Passage]:
    """Beside real questions, a complaint in passing is left out."""
    if max((passage.score for passage in passages), default=0.0) < _QUESTION_SCORE:
        return list(passages)
    return [passage for passage in passages if passage.score >= _WEAK_SCORE]


def _best(passages: Sequence[Passage], count: int) -> list[Passage]:
    """The `count` highest scores, in spoken order; ties go to what was said first."""
    best = sorted(passages, key=lambda passage: (-passage.score, passage.position))[:count]
    return sorted(best, key=lambda passage: passage.position)


def _lines(field: SummaryField, passages: Iterable[Passage]) -> list[SummaryLine]:
    return [SummaryLine(field=field, text=p.text, evidence=p.evidence) for p in passages]
