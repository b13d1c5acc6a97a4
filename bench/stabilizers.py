"""Ways to decide what of a partial text is shown and what stands firm, on the same hypotheses; prints JSON.

    python -m bench.stabilizers MANIFEST [--phone] [--every 2] [--cadence 500]

Recordings of a manifest (`sangdam eval asr` reads the same) are cut by the project's own voice activity and
endpoints, and growing windows are transcribed at the cadence of an idle machine. Time is simulated: a text
appears when its window ends, without the time that recognition takes, which is the same for all.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path

import numpy as np
import soxr
from rapidfuzz.distance import Levenshtein

from asr.endpointing import Closed, Discarded, Endpointer
from asr.guards import Evidence, examine
from asr.stabilizer import Partial
from bench.showing import POLICIES, Heard, Policy, Spoken, common
from models.vad import VoiceActivity, VoiceState, window_samples
from models.whisper import RATE_HZ, Float32, Hypothesis, Whisper, Window
from sangdam.evaluate.asr import Item, letters, read_items
from sangdam.recogniser import load_recogniser
from sangdam.settings import Settings

_SAMPLED = 8
"""Every so many partials the cost of words is measured."""
_MORE = 8
"""A text may have so many letters more or less than as much of the final."""


# -- hearing ---------------------------------------------------------------------------------------------


class Ear:
    """Recordings in, utterances out."""

    def __init__(self, whisper: Whisper, voice: VoiceActivity, cadence_ms: int) -> None:
        self.words_cpu_s: list[float] = []
        """What the words of a partial cost more, for some of them."""
        self._whisper = whisper
        self._voice = voice
        self._cadence_ms = cadence_ms
        self._partials = 0

    def hear(self, item: Item) -> Iterator[Spoken]:
        rate_hz = 8000 if item.rate_hz == 8000 else RATE_HZ
        audio = resampled(item.audio.astype(np.float32) / np.float32(32768), item.rate_hz, rate_hz)
        audio = np.concatenate([audio, np.zeros(rate_hz, np.float32)])
        for closed, closed_at, asked in self._cut(audio, rate_hz):
            start = closed.start_sample
            pieces = [resampled(audio[start:end], rate_hz, RATE_HZ) for end in asked]
            final = self._whisper.transcribe(
                [Window(resampled(audio[start : closed.end_sample], rate_hz, RATE_HZ), words=True)]
            )[0]
            yield Spoken(
                [self._partial(piece) for piece in pieces],
                guarded(final, closed.voiced_samples * 1000 // rate_hz),
                final.words,
                (closed_at - start) / rate_hz,
                closed.voiced_samples / rate_hz,
            )

    def _cut(self, audio: Float32, rate_hz: int) -> Iterator[tuple[Closed, int, list[int]]]:
        """Each utterance, when it closed, and the ends of the windows that the scheduler would ask for."""
        window = window_samples(rate_hz)
        endpointer, state = Endpointer(window=window, rate_hz=rate_hz), VoiceState(rate_hz)
        asked: list[int] = []
        pending, offered, last = 0, -1, -rate_hz
        for begin in range(0, len(audio) - window + 1, window):
            state = VoiceState(rate_hz) if endpointer.rests else state
            probability = self._voice([state], [audio[begin : begin + window]])[0]
            now = begin + window
            for endpoint in endpointer.process(probability):
                if isinstance(endpoint, Closed):
                    yield endpoint, now, asked
                if isinstance(endpoint, Closed | Discarded):
                    asked, pending = [], 0
            if endpointer.believable and endpointer.voice_end > offered:
                offered, pending = endpointer.voice_end, now
            if pending and now - last >= self._cadence_ms * rate_hz // 1000:
                asked.append(pending)
                last, pending = now, 0

    def _partial(self, audio: Float32) -> Heard:
        began = time.process_time()
        hypothesis = self._whisper.transcribe([Window(audio, short=True, words=True)])[0]
        self._count_words(audio, time.process_time() - began)
        now_s = len(audio) / RATE_HZ
        return Heard(now_s, guarded(hypothesis, int(now_s * 1000)), hypothesis.confidence, hypothesis.words)

    def _count_words(self, audio: Float32, with_words_s: float) -> None:
        self._partials += 1
        if self._partials % _SAMPLED == 0:
            began = time.process_time()
            self._whisper.transcribe([Window(audio, short=True)])
            self.words_cpu_s.append(with_words_s - (time.process_time() - began))


def resampled(audio: Float32, rate_hz: int, to_hz: int) -> Float32:
    if rate_hz == to_hz:
        return audio
    result: Float32 = soxr.resample(audio, rate_hz, to_hz).astype(np.float32)
    return result


def guarded(hypothesis: Hypothesis, voiced_ms: int) -> str:
    evidence = Evidence(hypothesis.mean_logprob, hypothesis.no_speech, hypothesis.looped, voiced_ms)
    return examine(hypothesis.text, evidence).text


# -- figures ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Figures:
    """Sums over utterances; characters are of the texts as shown, letters without spacing and punctuation."""

    shown_s: list[float] = field(default_factory=list)
    """Each word of the finals: from its end until it is on the screen as it stays, at the latest by the final."""
    stable_s: list[float] = field(default_factory=list)
    stable_words: int = 0
    """Words that were firm before the final came."""
    erased: int = 0
    """Characters taken back by later partials, as normalised erasure counts (Arivazhagan et al., 2020)."""
    characters: int = 0
    firm_letters: int = 0
    firm_errors: int = 0
    """Edits between what was firm and as much of the final."""
    messages: int = 0
    voiced_s: float = 0.0

    def add(self, spoken: Spoken, policy: Policy) -> None:
        showing, shown = policy(), Partial("", 0)
        final = letters(spoken.final)
        words = list(ends(spoken))
        seen: dict[int, float] = {}
        firm: dict[int, float] = {}
        for heard in spoken.partials:
            partial = showing.update(heard)
            if partial is None:
                continue
            self.messages += 1
            self.erased += len(shown.text) - common(shown.text, partial.text)
            shown = partial
            for first, text in ((seen, partial.text), (firm, partial.text[: partial.stable_chars])):
                there = covered(letters(text), final)
                for number, (begin, end, _) in enumerate(words):
                    if there.issuperset(range(begin, end)):
                        first.setdefault(number, heard.now_s)
        for number, (_, _, end_s) in enumerate(words):
            self.shown_s.append(seen.get(number, spoken.closed_s) - end_s)
            self.stable_s.append(firm.get(number, spoken.closed_s) - end_s)
        self.stable_words += len(firm)
        self.characters += len(spoken.final)
        self.voiced_s += spoken.voiced_s
        stable = letters(shown.text[: shown.stable_chars])
        self.firm_letters += len(stable)
        self.firm_errors += min(
            Levenshtein.distance(stable, final[:count]) for count in range(len(final) + 1)
        )

    def summary(self) -> dict[str, float]:
        figures = {
            "shown_p50_s": np.percentile(self.shown_s, 50),
            "shown_p95_s": np.percentile(self.shown_s, 95),
            "stable_p50_s": np.percentile(self.stable_s, 50),
            "stable_p95_s": np.percentile(self.stable_s, 95),
            "stable_share": self.stable_words / len(self.stable_s),
            "stable_error": self.firm_errors / max(1, self.firm_letters),
            "erasure": self.erased / self.characters,
            "messages_per_s": self.messages / self.voiced_s,
        }
        return {name: round(float(figure), 3) for name, figure in figures.items()}


def ends(spoken: Spoken) -> Iterator[tuple[int, int, float]]:
    """Words of the final: their first letter, the one after their last, and when they end."""
    final, begin = letters(spoken.final), 0
    for word in spoken.words:
        text = letters(word.text)
        if not final.startswith(text, begin):  # a guard took the rest away
            return
        if text:
            yield begin, begin + len(text), word.end_s
        begin += len(text)


@cache
def covered(shown: str, final: str) -> frozenset[int]:
    """Which letters of the final are in what is shown."""
    blocks = Levenshtein.opcodes(shown, final[: len(shown) + _MORE])
    equal = (range(block.dest_start, block.dest_end) for block in blocks if block.tag == "equal")
    return frozenset(chain.from_iterable(equal))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--phone", action="store_true", help="300-3400 Hz, 8 kHz, µ-law first")
    parser.add_argument("--every", type=int, default=2, help="take every so manyeth recording")
    parser.add_argument("--longest", type=float, default=15.0, help="no recordings above so many seconds")
    parser.add_argument("--cadence", type=int, default=500, help="ms between two partials")
    options = parser.parse_args()

    recogniser = load_recogniser(Settings())
    ear = Ear(recogniser.whisper, recogniser.voice, options.cadence)
    items = [
        item
        for item in read_items(options.manifest, options.phone)
        if len(item.audio) <= options.longest * item.rate_hz
    ][:: options.every]
    spoken: list[Spoken] = []
    for number, item in enumerate(items, 1):
        spoken += ear.hear(item)
        print(f"\r{number}/{len(items)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)

    report = {
        "phone": options.phone,
        "utterances": len(spoken),
        "partials": sum(len(one.partials) for one in spoken),
        "words_cpu_ms": round(1000 * sum(ear.words_cpu_s) / max(1, len(ear.words_cpu_s))),
        "policies": {name: compare(spoken, policy) for name, policy in POLICIES.items()},
    }
    print(json.dumps(report, ensure_ascii=False, indent=2))


def compare(spoken: Sequence[Spoken], policy: Policy) -> dict[str, float]:
    figures = Figures()
    for one in spoken:
        figures.add(one, policy)
    return figures.summary()


if __name__ == "__main__":
    main()
