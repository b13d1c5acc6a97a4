"""What goes to the recogniser for a job."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from asr.call import Call
from asr.channel import Channel
from asr.hotwords import DOUBT, settle
from asr.lexicon import Lexicon
from asr.scheduler import Job
from models.hypothesis import Likelihoods, TimedWord, Window

TELEPHONE_HZ: Final = 8000


def window_of(job: Job, channel: Channel, call: Call, *, tight: bool, lexicon: Lexicon | None) -> Window:
    """The audio of a job, and all that is known of it. `tight`: finals have to wait."""
    return Window(
        channel.features(job.start_sample, job.end_sample),
        call.language,
        short=not job.whole,
        tight=channel.rate_hz == TELEPHONE_HZ or tight,
        prompt=channel.context(job.start_sample) if job.whole else "",
        words=True,
        review=partial(_review, lexicon) if job.whole and lexicon else None,
        detect=job.whole and call.wants_language(channel.role),
        samples=job.end_sample - job.start_sample,
    )


def _review(lexicon: Lexicon, words: Sequence[TimedWord], likelihoods: Likelihoods) -> Sequence[str]:
    """Doubtful words that sound like names, settled by likelihood; runs in the model's thread."""
    readings = [lexicon.readings(word.text) if word.probability < DOUBT else () for word in words]
    return settle([word.text for word in words], readings, likelihoods)
