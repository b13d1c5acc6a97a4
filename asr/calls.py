"""The calls of one worker: how much of each is transcribed, in which language, and whether it is over. No I/O."""

import logging
from collections import Counter
from collections.abc import Collection

from asr.admission import Admission, AdmissionSettings
from asr.call import Call
from contracts.clock import Clock
from contracts.errors import Overloaded
from contracts.event import Language
from contracts.transcript import RecognitionChanged, RecognitionMode

log = logging.getLogger(__name__)

HUNG_UP_MS = 15_000
"""So long after a call ended, audio that is still on its way has come; then a channel without an end has none."""

IDLE_MS = 3_600_000
"""What is known of a call of which nothing is heard: it is a chat, or its end got lost."""


class Calls:
    """By contact id. `wall` is for stamps, `monotonic` for durations, both in milliseconds."""

    def __init__(
        self, language: Language, admission: AdmissionSettings, wall: Clock, monotonic: Clock
    ) -> None:
        self._language = language
        self._admission = Admission(admission)
        self._wall = wall
        self._monotonic = monotonic
        self._calls: dict[str, Call] = {}

    @property
    def count(self) -> Counter[RecognitionMode]:
        """How many are transcribed whole, with finals only, and not at all."""
        return self._admission.count()

    def __getitem__(self, contact_id: str) -> Call:
        if contact_id not in self._calls:
            self._calls[contact_id] = Call(self._language, known_ms=self._monotonic())
        return self._calls[contact_id]

    def __len__(self) -> int:
        return len(self._calls)

    def is_admitted(self, contact_id: str) -> bool:
        """Audio of it came."""
        return self._admission.knows(contact_id)

    def mode(self, contact_id: str) -> RecognitionMode:
        return self._admission.mode(contact_id)

    def admit(
        self, contact_id: str, wait_ms: float, *, in_progress: bool, catches_up: bool
    ) -> RecognitionChanged | None:
        """Take a call whose first audio came.

        Args:
            contact_id: of the call.
            wait_ms: how long finals wait now.
            in_progress: another worker had it before: what it said of the call may hold no longer.
            catches_up: finals wait for what will be done in a moment.

        Returns:
            What to tell of it.
        """
        mode = self._admission.admit(contact_id, wait_ms, keeps=in_progress or catches_up)
        if mode != "full":
            refusal = Overloaded(
                f"음성 인식이 {wait_ms:.0f} ms 밀려 통화 {contact_id}을(를) '{mode}'(으)로 받습니다. 통화를 줄이거나 인식 서버를 늘리십시오.",
                f"recognition is {wait_ms:.0f} ms behind: contact {contact_id} is taken as '{mode}'; fewer calls or more recognisers are needed.",
            )
            log.warning("asr: %s", refusal, extra={"contact": contact_id})
        return self._told(contact_id, mode) if mode != "full" or in_progress else None

    def review(self, wait_ms: float) -> RecognitionChanged | None:
        """Move one call up when there is room."""
        promoted = self._admission.review(wait_ms, self._monotonic())
        return self._told(*promoted) if promoted else None

    def _told(self, contact_id: str, mode: RecognitionMode) -> RecognitionChanged:
        now = self._wall()
        return RecognitionChanged(contact_id=contact_id, at_ms=now, revision=now, mode=mode)

    def hang_up(self, contact_id: str) -> None:
        """The call ended; its last audio may still be on its way."""
        if self.is_admitted(contact_id):
            self[contact_id].hung_up_ms = self._monotonic()
        else:
            self._calls.pop(contact_id, None)

    def is_over(self, contact_id: str) -> bool:
        """The call ended long enough ago."""
        call = self._calls.get(contact_id)
        return (
            call is not None
            and call.hung_up_ms is not None
            and self._monotonic() - call.hung_up_ms > HUNG_UP_MS
        )

    def forget_idle(self) -> Collection[str]:
        """Let go of calls of which nothing was ever heard; gives them."""
        now = self._monotonic()
        idle = [
            contact_id
            for contact_id, call in self._calls.items()
            if now - call.known_ms > IDLE_MS and not self.is_admitted(contact_id)
        ]
        for contact_id in idle:
            del self._calls[contact_id]
        return idle

    def forget(self, contact_id: str) -> None:
        """Nothing more of the call will come."""
        self._admission.forget(contact_id)
        self._calls.pop(contact_id, None)
