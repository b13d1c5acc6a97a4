"""One call through all services, from a file to a summary, as JSON. What `sangdam demo --once` does."""

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final

from asr.endpointing import EndpointSettings
from assist.importer import import_articles, place_of
from bus.events import consume
from contracts import topics
from contracts.clock import wall_ms
from contracts.codec import AnyEvent
from contracts.errors import SangdamError
from contracts.suggestion import SuggestionOffered
from contracts.summary import SummaryDrafted
from contracts.transcript import Utterance
from ingest.replay import Recording, play
from sangdam.application import SAMPLE_GUIDES, Application, running
from sangdam.latency import Arrivals, summary
from sangdam.services import AssistPart, IngestPart
from store import bulk
from store.database import Database

SUMMARY_WAIT_S: Final = 60.0
"""From the end of the call: much more than promised, so that a slow machine still gets its figures."""

READY_WAIT_S: Final = 120.0


async def load_sample_guides(database: Database) -> int:
    """Import the sample guides; gives their number."""
    report = await asyncio.to_thread(import_articles, SAMPLE_GUIDES, dt.datetime.now(tz=dt.UTC).date())
    place = place_of(SAMPLE_GUIDES)
    await bulk.import_all(database, report.accepted, wall_ms(), place=place, undated=report.undated)
    return len(report.accepted)


async def play_once(
    application: Application, recording: Recording, *, speed: float, progress: Callable[[float, float], None]
) -> dict[str, object]:
    """Play a recording as a call, wait for its summary and tell all that came of it.

    Raises:
        SangdamError: no summary came in time.
    """
    watch = Watch()
    async with running(application):
        follow = asyncio.create_task(watch.follow(application))
        async with asyncio.timeout(READY_WAIT_S):
            await application.part(AssistPart).ready.wait()
        contact = await play(
            application.part(IngestPart).calls, recording, agent_id=None, speed=speed, progress=progress
        )
        try:
            async with asyncio.timeout(SUMMARY_WAIT_S):
                await watch.drafted.wait()
        except TimeoutError:
            raise SangdamError(
                "요약이 제때 만들어지지 않았습니다. 컴퓨터가 너무 바쁜지 확인하십시오.",
                f"no summary within {SUMMARY_WAIT_S:.0f} s; is the machine overloaded?",
            ) from None
        finally:
            follow.cancel()
    return {"call": recording.media.path.name, "contact_id": contact, "speed": speed, **watch.result(speed)}


class Watch:
    """Sees what a panel would see."""

    def __init__(self) -> None:
        self.arrivals = Arrivals()
        self.drafted = asyncio.Event()

    async def follow(self, application: Application) -> None:
        """Follow all results on the bus until cancelled."""
        followed = [topics.TRANSCRIPT, topics.SUGGESTIONS, topics.SUMMARIES]
        await consume(application.foundation.bus, "demo", followed, self._see)

    async def _see(self, events: Sequence[AnyEvent]) -> None:
        now = wall_ms()
        for event in events:
            match event:
                case Utterance():
                    self.arrivals.utterances.append((now, event))
                case SuggestionOffered():
                    self.arrivals.offers.append((now, event))
                case SummaryDrafted():
                    self.arrivals.drafts.append((now, event))
                    if event.complete:
                        self.drafted.set()
                case _:
                    pass

    def result(self, speed: float) -> dict[str, object]:
        """The JSON of a call."""
        finals = {u.utterance_id: u for _, u in self.arrivals.utterances if u.status == "final" and u.text}
        return {
            "utterances": [
                {
                    "utterance_id": u.utterance_id,
                    "channel": u.channel,
                    "role": u.role,
                    "start_ms": u.start_ms,
                    "end_ms": u.end_ms,
                    "text": u.text,
                }
                for u in sorted(finals.values(), key=lambda u: (u.start_ms, u.channel))
            ],
            "suggestions": [
                {
                    "utterance_id": offer.utterance_id,
                    "article_id": offer.snippet.article_id,
                    "title": offer.snippet.title,
                    "score": round(offer.snippet.score, 3),
                    "reason": offer.reason,
                }
                for _, offer in self.arrivals.offers
            ],
            "summary": self._summary(),
            "latency_ms": summary(self.arrivals, speed=speed, lead_ms=EndpointSettings().before_ms),
        }

    def _summary(self) -> dict[str, object]:
        draft = self.arrivals.drafts[-1][1]
        return {
            "label": draft.label,
            "engine": draft.engine,
            "lines": [line.model_dump() for line in draft.lines],
            "category": draft.category.model_dump() if draft.category else None,
        }
