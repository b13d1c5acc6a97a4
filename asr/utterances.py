"""Hypotheses become utterances: guards, stable prefix, suspect words, redaction."""

from asr.channel import Channel
from asr.guards import Evidence, examine
from asr.lexicon import Lexicon
from asr.scheduler import Job
from asr.sounds import SoundEnded, SoundStarted
from contracts.clock import Clock
from contracts.event import Language
from contracts.transcript import SoundHeard, Utterance, Word, utterance_id
from models.whisper import Hypothesis
from privacy.redaction import redact_words

FINAL_REVISION = 1_000_000_000
"""A final outranks every partial, and is the same number whoever transcribes it: heard twice, it counts once."""

SUSPECT_BELOW = 0.35
"""Probability of its least likely token below which a word is marked as perhaps misheard."""

SURE_LOGPROB = -0.5
"""Mean log probability above which a final is context for the next one: an error there is carried on."""


class Utterances:
    """Makes events; keeps count of what the guards took."""

    def __init__(self, clock: Clock) -> None:
        self.lexicon: Lexicon | None = None
        """Names that doubtful words are compared with; without it words stay as they were heard."""
        self.guarded: dict[str, int] = {}
        """Texts that each guard emptied or shortened."""
        self._clock = clock

    def partial(
        self, job: Job, channel: Channel, hypothesis: Hypothesis, language: Language
    ) -> Utterance | None:
        """None when the screen would not change."""
        partial = channel.stabilizer.update(
            self._guard(job, hypothesis, ""),
            confidence=hypothesis.confidence,
            words=hypothesis.words,
            window_s=(job.end_sample - job.start_sample) / channel.rate_hz,
        )
        if partial is None:
            return None
        channel.shown = job.start_sample
        redacted = channel.redactor.redact_partial(partial.text)
        stable = partial.stable_chars if redacted.text == partial.text else 0
        return self._event(job, channel, hypothesis, language).model_copy(
            update={"text": redacted.text, "stable_chars": stable, "masked": redacted.kinds}
        )

    def final(self, job: Job, channel: Channel, hypothesis: Hypothesis, language: Language) -> Utterance:
        """Moves the redactor's memory: call it once for each final, in order."""
        text = self._guard(job, hypothesis, channel.context(job.start_sample))
        if text and hypothesis.mean_logprob > SURE_LOGPROB and language == "ko":
            channel.remember(job.end_sample, text)
        redacted = channel.redact(job.start_sample, text)
        words = redact_words(self._words(job, channel, hypothesis, text), text, redacted)
        return self._event(job, channel, hypothesis, language).model_copy(
            update={
                "status": "final",
                "revision": FINAL_REVISION,
                "text": redacted.text,
                "stable_chars": len(redacted.text),
                "words": words if " ".join(word.text for word in words) == redacted.text else (),
                "masked": redacted.kinds,
            }
        )

    def withdrawal(self, start_sample: int, channel: Channel) -> Utterance:
        """An empty final: there was no speech after all."""
        job = Job(channel.key, start_sample, channel.end_sample, final=True, speech_end_sample=start_sample)
        event = self._event(job, channel, Hypothesis("", 0.0, 1.0, looped=False), "ko")
        return event.model_copy(update={"status": "final", "revision": FINAL_REVISION})

    def sound(self, channel: Channel, sound: SoundStarted | SoundEnded) -> SoundHeard:
        """What is heard is no speech."""
        contact_id, number = channel.key
        return SoundHeard(
            contact_id=contact_id,
            at_ms=self._clock(),
            sound_id=f"{contact_id}/{number}/{sound.start_sample}/{sound.sound}",
            sound=sound.sound,
            channel=number,
            start_ms=channel.ms(sound.start_sample),
            end_ms=channel.ms(sound.end_sample) if isinstance(sound, SoundEnded) else None,
        )

    def _guard(self, job: Job, hypothesis: Hypothesis, prompt: str) -> str:
        evidence = Evidence(
            hypothesis.mean_logprob, hypothesis.no_speech, hypothesis.looped, job.voiced_ms, prompt
        )
        guarded = examine(hypothesis.text, evidence)
        for name in guarded.fired:
            self.guarded[name] = self.guarded.get(name, 0) + 1
        return guarded.text

    def _words(self, job: Job, channel: Channel, hypothesis: Hypothesis, text: str) -> tuple[Word, ...]:
        """The words that the guards left, on the channel's time."""
        first = channel.ms(job.start_sample)
        return tuple(
            Word(
                text=word.text,
                start_ms=first + round(word.start_s * 1000),
                end_ms=first + round(word.end_s * 1000),
                probability=round(word.probability, 3),
                suspect=word.probability < SUSPECT_BELOW,
                nearest=self._nearest(word.text) if word.probability < SUSPECT_BELOW else (),
            )
            for word in hypothesis.words[: len(text.split())]
        )

    def _nearest(self, word: str) -> tuple[str, ...]:
        return self.lexicon.nearest(word) if self.lexicon else ()

    def _event(self, job: Job, channel: Channel, hypothesis: Hypothesis, language: Language) -> Utterance:
        contact_id, number = job.key
        return Utterance(
            contact_id=contact_id,
            at_ms=self._clock(),
            utterance_id=utterance_id(contact_id, number, job.start_sample),
            revision=channel.ms(job.end_sample - job.start_sample),
            status="partial",
            channel=number,
            role=channel.role,
            start_ms=channel.ms(job.start_sample),
            end_ms=channel.ms(job.speech_end_sample),
            text="",
            language=language,
            confidence=hypothesis.confidence,
            heard_ms=channel.heard_ms(job.speech_end_sample),
        )
