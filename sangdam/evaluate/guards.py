"""Precision and recall of each guard against invented text, on audio whose words are known.

A guard is right where what it took was not said. What it ought to take is what it would rightly take if nothing
spoke for the text: so recall says what the evidence let through.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from rapidfuzz.distance import LCSseq, Levenshtein

from asr.endpointing import Closed, Endpointer, EndpointSettings
from asr.guards import GUARDS, Evidence, Guard, examine
from models.vad import VoiceActivity, VoiceState, window_samples
from models.whisper import Whisper, Window
from sangdam.application import SAMPLE_CALLS
from sangdam.evaluate.asr import Progress, letters, read_items
from sangdam.evaluate.guard_cases import Case, Kind, cases
from sangdam.recogniser import load_recogniser
from sangdam.settings import Settings

_AT_ONCE: Final = 8
_WHISPER_HZ: Final = 16_000
_SILENCE_S: Final = 1.0
"""After audio that is cut by endpointing, as on a line that stays open."""
_BY_CHANCE: Final = 1 / 3
"""Share of letters that two sentences without anything in common have in the same order."""
_NONE: Final = Evidence(mean_logprob=-9.0, no_speech=1.0, looped=True, voiced_ms=0)
"""Nothing speaks for the text."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One window of a case."""

    audio: np.ndarray[tuple[int], np.dtype[np.float32]]
    """At 16 kHz."""
    voiced_ms: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A case and what the recogniser made of it, one text and its evidence a window."""

    case: Case
    opens: bool
    """Voice activity would open an utterance here: otherwise the window never reaches the recogniser."""
    said: tuple[tuple[str, Evidence], ...]


def evaluate_guards(
    options: Settings, manifest: Path, progress: Progress = lambda _done, _total: None
) -> dict[str, object]:
    """Hear every case with the real models and judge the guards; blocks for minutes.

    Args:
        options: model and threads.
        manifest: labelled speech, as for `evaluate_asr`.
        progress: told seconds of audio done and in all.

    Returns:
        What `judge` says, and the model.
    """
    recogniser = load_recogniser(options)
    todo = list(cases(read_items(manifest, phone=False), SAMPLE_CALLS))
    heard = list(hear(todo, recogniser.whisper, recogniser.voice, progress))
    return {"manifest": manifest.name, "model": recogniser.path.name, **judge(heard)}


def hear(todo: Sequence[Case], whisper: Whisper, voice: VoiceActivity, progress: Progress) -> Iterator[Heard]:
    """Cases as the recogniser hears them, before any guard."""
    total, done = sum(case.seconds for case in todo), 0.0
    # Cases of one length beside each other: a batch takes as long as its longest text.
    ordered = sorted(todo, key=lambda case: (case.short, len(case.prompt), case.seconds))
    for at in range(0, len(ordered), _AT_ONCE):
        batch = ordered[at : at + _AT_ONCE]
        pieces = [_cut(case, voice) for case in batch]
        windows = [
            Window(piece.audio, short=case.short, prompt=case.prompt)
            for case, (_, found) in zip(batch, pieces, strict=True)
            for piece in found
        ]
        hypotheses = iter(whisper.transcribe(windows))
        for case, (opens, found) in zip(batch, pieces, strict=True):
            said = []
            for piece, hypothesis in zip(found, hypotheses, strict=False):
                evidence = Evidence(
                    hypothesis.mean_logprob,
                    hypothesis.no_speech,
                    hypothesis.looped,
                    piece.voiced_ms,
                    case.prompt,
                )
                said.append((hypothesis.text, evidence))
            yield Heard(case, opens, tuple(said))
        done += sum(case.seconds for case in batch)
        progress(done, total)


def _cut(case: Case, voice: VoiceActivity) -> tuple[bool, list[Piece]]:
    """Whether voice activity opens an utterance in a case, and the windows of the case."""
    rate_hz, window = case.rate_hz, window_samples(case.rate_hz)
    silence = np.zeros(int(_SILENCE_S * rate_hz) if case.cut else 0, np.float32)
    audio = np.concatenate([case.audio.astype(np.float32) / 32768, silence])
    settings, state = EndpointSettings(), VoiceState(rate_hz)
    endpointer = Endpointer(window=window, rate_hz=rate_hz, settings=settings)
    endpoints, voiced = [], 0
    for at in range(0, len(audio) - window + 1, window):
        (probability,) = voice([state], [audio[at : at + window]])
        voiced += probability >= settings.keep_threshold
        endpoints += endpointer.process(probability)
    closed = [e for e in (*endpoints, *endpointer.finish()) if isinstance(e, Closed)]
    if not case.cut:
        return bool(closed), [_piece(audio, rate_hz, voiced * window)]
    return bool(closed), [
        _piece(audio[e.start_sample : e.end_sample], rate_hz, e.voiced_samples) for e in closed
    ]


def _piece(audio: np.ndarray[tuple[int], np.dtype[np.float32]], rate_hz: int, voiced: int) -> Piece:
    wide = audio if rate_hz == _WHISPER_HZ else soxr.resample(audio, rate_hz, _WHISPER_HZ)
    return Piece(wide, voiced * 1000 // rate_hz)


# -- judging ---------------------------------------------------------------------------------------------


def judge(heard: Sequence[Heard]) -> dict[str, object]:
    """Precision and recall of each guard, and what all of them do together.

    Returns:
        `guards`: by name, each looking at every text alone: `fired`, of these `true` and `false`, `wanted` (texts
        from which it ought to take something), `precision`, `recall`.
        `without_words`: letters invented a minute where nobody spoke, `before` and `after` all guards; `opened`
        counts those only that voice activity would send to the recogniser.
        `with_words`: CER by kind of case, and letters written `beyond` the last one that was spoken.
    """
    mute = [one for one in heard if not one.case.truth]
    spoken = [one for one in heard if one.case.truth]
    return {
        "cases": {kind: len(part) for kind, part in _by_kind(heard).items()},
        "guards": {name: _score(check, heard) for name, check in GUARDS.items()},
        "without_words": {
            "minutes": round(_minutes(mute), 2),
            "all": _both(lambda text: _invented(mute, text)),
            "opened": _both(lambda text: _invented([one for one in mute if one.opens], text)),
        },
        "with_words": {kind: _spoken(part) for kind, part in _by_kind(spoken).items()},
    }


def _score(check: Guard, heard: Sequence[Heard]) -> dict[str, object]:
    fired = true = wanted = caught = 0
    for one in heard:
        for index, (text, evidence) in enumerate(one.said):
            ought = _right(one, index, check(text, replace(_NONE, prompt=evidence.prompt)))
            right = _right(one, index, check(text, evidence))
            fired += check(text, evidence) != text
            true += right
            wanted += ought
            caught += ought and right
    return {
        "fired": fired,
        "true": true,
        "false": fired - true,
        "wanted": wanted,
        "precision": round(true / fired, 4) if fired else None,
        "recall": round(caught / wanted, 4) if wanted else None,
    }


def _right(one: Heard, index: int, kept: str) -> bool:
    """Whether nothing but `kept` of one window's text is nearly all of it that was said."""
    texts = [text for text, _ in one.said]
    before, after = " ".join(texts), " ".join([*texts[:index], kept, *texts[index + 1 :]])
    took = len(letters(before)) - len(letters(after))
    return took > 0 and _heard_letters(one, before) - _heard_letters(one, after) <= _BY_CHANCE * took


def _heard_letters(one: Heard, text: str) -> int:
    return int(LCSseq.similarity(letters(one.case.truth), letters(text)))


def _errors(one: Heard, text: str) -> int:
    return Levenshtein.distance(letters(one.case.truth), letters(text))


def _before(one: Heard) -> str:
    return " ".join(text for text, _ in one.said)


def _after(one: Heard) -> str:
    return " ".join(examine(text, evidence).text for text, evidence in one.said)


def _both(measure: Callable[[Callable[[Heard], str]], float]) -> dict[str, float]:
    return {"before": round(measure(_before), 4), "after": round(measure(_after), 4)}


def _spoken(heard: Sequence[Heard]) -> dict[str, object]:
    return {
        "cer": _both(lambda text: _cer(heard, text)),
        "beyond": _both(lambda text: _beyond(heard, text)),
    }


def _minutes(heard: Sequence[Heard]) -> float:
    return sum(one.case.seconds for one in heard) / 60


def _invented(heard: Sequence[Heard], text: Callable[[Heard], str]) -> float:
    return sum(len(letters(text(one))) for one in heard) / max(_minutes(heard), 1e-9)


def _cer(heard: Sequence[Heard], text: Callable[[Heard], str]) -> float:
    return sum(_errors(one, text(one)) for one in heard) / sum(len(letters(one.case.truth)) for one in heard)


def _beyond(heard: Sequence[Heard], text: Callable[[Heard], str]) -> float:
    beyond = 0
    for one in heard:
        truth = letters(one.case.truth)
        edits = Levenshtein.editops(truth, letters(text(one)))
        beyond += sum(edit.tag == "insert" and edit.src_pos == len(truth) for edit in edits)
    return beyond


def _by_kind(heard: Sequence[Heard]) -> dict[Kind, list[Heard]]:
    parts: dict[Kind, list[Heard]] = defaultdict(list)
    for one in heard:
        parts[one.case.kind].append(one)
    return dict(parts)
