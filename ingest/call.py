"""A call: its states, and its audio on the channels' sample clocks. Pure: wall time is data.

ringing ──▶ talking ◀──▶ held
   │           │ ▲         │
   │           ▼ │         │
   │        transferred    │
   └──────────▶ ended ◀────┘
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from contracts.audio import FRAME_MS, RATES_HZ, AudioFrame, Codec, FrameFlag, Pcm16, mulaw_encode
from contracts.contact import ContactState, ContactStateChanged
from contracts.errors import BadAudio, Conflict
from contracts.event import Role

NEXT: Final[dict[ContactState, frozenset[ContactState]]] = {
    "ringing": frozenset({"talking", "ended"}),
    "talking": frozenset({"held", "transferred", "ended"}),
    "held": frozenset({"talking", "transferred", "ended"}),
    "transferred": frozenset({"talking", "ended"}),
    "ended": frozenset(),
}
"""Which state may follow which."""


class Call:
    """One call. Feed it what happens; it gives the events and frames to publish, in order."""

    def __init__(
        self,
        contact_id: str,
        *,
        roles: Mapping[int, Role],
        rate_hz: int,
        now_ms: int,
        codec: Codec = Codec.PCM16,
        agent_id: str | None = None,
        title: str = "",
        source: str = "",
        simulated: bool = False,
        instance: str = "",
    ) -> None:
        """Args:
        roles: channel → role, one entry a channel.
        rate_hz: 8000 or 16000, of all channels.
        now_ms: wall time of the first sample.
        codec: how the payload travels; the call's own codec saves a conversion.
        instance: the process that feeds the call.
        """
        if rate_hz not in RATES_HZ:
            raise BadAudio(
                f"표본율 {rate_hz} Hz는 통화 오디오로 쓸 수 없습니다(8000 또는 16000).",
                f"{rate_hz} Hz is no call audio rate (8000 or 16000).",
            )
        self.contact_id = contact_id
        self.rate_hz = rate_hz
        self.codec = codec
        self._roles = dict(roles)
        self._agent_id = agent_id
        self._title = title
        self._source = source
        self._simulated = simulated
        self._instance = instance
        self._started_ms = now_ms
        self._state: ContactState = "ringing"
        self._revision = 0
        self._frame_samples = rate_hz * FRAME_MS // 1000
        self._position = dict.fromkeys(self._roles, 0)
        self._heard_ms = dict.fromkeys(self._roles, now_ms)
        self._rest: dict[int, Pcm16] = {channel: np.zeros(0, np.int16) for channel in self._roles}

    @property
    def roles(self) -> Mapping[int, Role]:
        return self._roles

    @property
    def state(self) -> ContactState:
        return self._state

    def ring(self, now_ms: int) -> ContactStateChanged:
        """The first event: the contact exists."""
        return self._event(now_ms, "")

    def become(
        self, state: ContactState, now_ms: int, *, reason: str = "", agent_id: str | None = None
    ) -> ContactStateChanged:
        """Move to another state; a transfer names the new agent.

        Raises:
            Conflict: this state cannot follow the present one; nothing changed.
        """
        if state not in NEXT[self._state]:
            raise Conflict(
                f"통화가 '{self._state}' 상태라 '{state}'(으)로 바꿀 수 없습니다.",
                f"the call is '{self._state}' and cannot become '{state}'.",
            )
        self._state = state
        self._agent_id = agent_id or self._agent_id
        return self._event(now_ms, reason)

    def audio(self, channel: int, samples: Pcm16, heard_ms: int) -> list[AudioFrame]:
        """Append samples of a channel; whole frames come back, the rest waits for more.

        Args:
            channel: one of the call's channels.
            samples: int16 at the call's rate, shape (n,), any length.
            heard_ms: wall time at which the last of them arrived.
        """
        waiting = np.concatenate([self._rest[channel], samples])
        whole = len(waiting) // self._frame_samples * self._frame_samples
        self._rest[channel] = waiting[whole:]
        return [
            self._frame(
                channel, waiting[at : at + self._frame_samples], self._behind(heard_ms, len(waiting) - at)
            )
            for at in range(0, whole, self._frame_samples)
        ]

    def finish(self, heard_ms: int) -> list[AudioFrame]:
        """The last, possibly empty frame of every channel."""
        return [
            self._frame(channel, self._rest.pop(channel), heard_ms, FrameFlag.LAST)
            for channel in list(self._rest)
        ]

    def _behind(self, heard_ms: int, samples_left: int) -> int:
        return heard_ms - max(0, samples_left - self._frame_samples) * 1000 // self.rate_hz

    def _frame(
        self, channel: int, samples: Pcm16, heard_ms: int, flags: FrameFlag = FrameFlag.NONE
    ) -> AudioFrame:
        start = self._position[channel]
        self._position[channel] += len(samples)
        # After a stall audio comes in a burst: no sample was heard before the one before it.
        self._heard_ms[channel] = max(self._heard_ms[channel], heard_ms)
        return AudioFrame(
            contact_id=self.contact_id,
            channel=channel,
            role=self._roles[channel],
            codec=self.codec,
            rate_hz=self.rate_hz,
            start_sample=start,
            samples=len(samples),
            heard_ms=self._heard_ms[channel],
            payload=mulaw_encode(samples) if self.codec is Codec.MULAW else samples.astype("<i2").tobytes(),
            flags=flags | FrameFlag.HELD if self._state == "held" else flags,
        )

    def _event(self, now_ms: int, reason: str) -> ContactStateChanged:
        self._revision += 1
        return ContactStateChanged(
            contact_id=self.contact_id,
            at_ms=now_ms,
            revision=self._revision,
            state=self._state,
            agent_id=self._agent_id,
            title=self._title,
            source=self._source,
            roles=self._roles,
            started_at_ms=self._started_ms,
            simulated=self._simulated,
            instance=self._instance,
            reason=reason,
        )
