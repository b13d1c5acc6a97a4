"""Which calls are transcribed, and how much of each. Pure: time is data.

A machine that is full serves those that it has: a new call is accepted without partials as soon as finals
have to wait, and refused when they would come too late. Calls come back one by one when there is room.
A call that another worker had accepted is not refused by the one that takes it over.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from contracts.transcript import RecognitionMode


@dataclass(frozen=True, slots=True)
class AdmissionSettings:
    """Queue wait of finals, in milliseconds; None admits everything."""

    finals_from_ms: int | None = 300
    """From this wait on a new call has finals only."""
    refuse_from_ms: int | None = 900
    """From this wait on a new call is refused: a final is promised within a second."""
    calm_ms: int = 100
    """Below this wait there is room …"""
    calm_for_ms: int = 5_000
    """… and when it stayed so for this long, one call moves up."""


EVERYONE: Final = AdmissionSettings(finals_from_ms=None, refuse_from_ms=None)


class Admission:
    """The calls of one worker, by contact id."""

    def __init__(self, settings: AdmissionSettings | None = None) -> None:
        self._settings = settings or AdmissionSettings()
        self._modes: dict[str, RecognitionMode] = {}
        self._calm_since_ms: int | None = None

    def mode(self, contact_id: str) -> RecognitionMode:
        return self._modes.get(contact_id, "full")

    def count(self) -> Counter[RecognitionMode]:
        """Calls by mode."""
        return Counter(self._modes.values())

    def knows(self, contact_id: str) -> bool:
        return contact_id in self._modes

    def admit(self, contact_id: str, wait_ms: float, *, keeps: bool = False) -> RecognitionMode:
        """A new call, while finals wait for so long; one that the worker `keeps` gets its finals in any case."""
        settings = self._settings
        mode: RecognitionMode = "full"
        if settings.refuse_from_ms is not None and wait_ms >= settings.refuse_from_ms:
            mode = "finals" if keeps else "refused"
        elif settings.finals_from_ms is not None and wait_ms >= settings.finals_from_ms:
            mode = "finals"
        self._modes[contact_id] = mode
        return mode

    def review(self, wait_ms: float, now_ms: int) -> tuple[str, RecognitionMode] | None:
        """Call it now and then: the call that moves up, if there is room for one."""
        if wait_ms >= self._settings.calm_ms:
            self._calm_since_ms = None
            return None
        if self._calm_since_ms is None:
            self._calm_since_ms = now_ms
        if now_ms - self._calm_since_ms < self._settings.calm_for_ms:
            return None
        # Who has nothing comes first, and who has waited longest.
        upward: tuple[tuple[RecognitionMode, RecognitionMode], ...] = (
            ("refused", "finals"),
            ("finals", "full"),
        )
        for below, above in upward:
            for contact_id, mode in self._modes.items():
                if mode == below:
                    self._modes[contact_id] = above
                    self._calm_since_ms = now_ms
                    return contact_id, above
        return None

    def forget(self, contact_id: str) -> None:
        """The call ended."""
        self._modes.pop(contact_id, None)
