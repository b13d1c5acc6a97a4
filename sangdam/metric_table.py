"""Which attribute of which service becomes which metric. A new counter needs a line here and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Final


@dataclass(frozen=True, slots=True)
class Entry:
    """A metric and where it is read."""

    name: str
    """After `sangdam_<service>_`; a counter's `_total` is added by itself."""
    help: str
    attribute: str = ""
    """Dotted path from the counts or the service; empty: the name."""
    label: str = ""
    """The attribute is then a mapping from this label's values to numbers."""
    factor: float = 1.0

    def read(self, source: object) -> float | Mapping[str, float] | None:
        """The number or the mapping; None where the source has no such attribute."""
        try:
            found = attrgetter(self.attribute or self.name)(source)
        except AttributeError:
            return None
        if callable(found):
            found = found()
        if isinstance(found, Mapping) != bool(self.label):
            return None
        return found  # type: ignore[no-any-return]  # attrgetter knows no types; the table's test reads every entry


_MS: Final = 0.001

COUNTERS: Final[Mapping[str, tuple[Entry, ...]]] = {
    "ingest": (
        Entry("refused_calls", "Calls that came when the process had its fill."),
        Entry("orphans", "Calls of dead processes, ended by this one."),
        Entry(
            "dropped_frames", "Frames of live calls that waited too long for the bus: their audio is lost."
        ),
    ),
    "asr": (
        Entry("frames", "Audio frames taken."),
        Entry("bad_frames", "Frames that could not be read."),
        Entry("refused_frames", "Frames of calls that were refused because the machine is full."),
        Entry("lost_samples", "Samples that never came, taken as silence."),
        Entry("finals", "Utterances written down for good."),
        Entry("early_finals", "Finals that were transcribed before their endpoint."),
        Entry("partials", "Texts of utterances that were still being spoken."),
        Entry("stale_partials", "Partials replaced or dropped before they were transcribed."),
        Entry("encoder_windows", "Windows of audio that went through the model."),
        Entry(
            "failed_windows", "Windows that the model could not take; their speech is given up, see the log."
        ),
        Entry("guarded", "Texts from which a guard took something.", label="guard"),
    ),
    "assist": (
        Entry("cards", "Guide cards offered."),
        Entry("nothing", "Questions for which no guide fits."),
        Entry("left_out", "Searches without the encoder's or re-ranker's help.", "library.left_out", "model"),
        Entry("answers", "Sentences offered to cards.", "answering.offered"),
        Entry("unanswered", "Cards that a sentence was wished for and not found.", "answering.left_out"),
        Entry("questions", "Unanswered questions put into gaps.", "gaps.counts.placed"),
        Entry("gaps", "Gaps opened.", "gaps.counts.opened"),
    ),
    "summarize": (
        Entry("drafts", "Summary drafts published."),
        Entry("revised", "Drafts published again because something came in late."),
        Entry("failed", "Contacts without a draft because of a fault, see the log."),
        Entry("llm_drafts", "Drafts of the language model."),
        Entry("llm_failed", "Drafts that it was to write and did not.", label="reason"),
        Entry("llm_seconds", "Seconds from due to published, of all of the language model's drafts."),
        Entry("withheld", "Lines of it that nothing of what was said supports."),
        Entry("doubts", "Numbers, names and places in its lines that nobody said."),
    ),
    "voc": (
        Entry("contacts", "Contacts written down, again each time that something new is known of them."),
        Entry("looks", "Looks at what the store knows of contacts."),
        Entry("failed", "Contacts that could not be read or counted because of a fault, see the log."),
        Entry("steps", "Looks at whether there are more contacts than usual.", "detector.counts.steps"),
        Entry("step_seconds", "Seconds that these looks took.", "detector.counts.step_seconds"),
        Entry(
            "late_steps",
            "Looks that came more than twice as late as they should.",
            "detector.counts.late_steps",
        ),
        Entry("failed_steps", "Looks that a fault ended, see the log.", "detector.counts.failed"),
        Entry("signals", "Series above their limits.", "detector.counts.signals"),
        Entry("alerts", "Alerts raised.", "detector.counts.raised", "lane"),
        Entry("held_back", "Events that the week's budget held back.", "detector.counts.held_back", "lane"),
        Entry("absorbed", "Events that a muted, closed or larger alert covers.", "detector.counts.absorbed"),
        Entry("untold", "Times that the bus could not be told of alerts.", "detector.counts.untold"),
        Entry("notices", "Notices of alerts that were taken.", "courier.counts.sent", "way"),
        Entry("failed_notices", "Tries to send one that failed.", "courier.counts.failed", "way"),
        Entry("lost_notices", "Notices given up after a day.", "courier.counts.given_up", "way"),
        Entry("reports", "Weekly reports made.", "reports.counts.made"),
        Entry("failed_reports", "Weekly reports that could not be made.", "reports.counts.failed"),
        Entry("learn_seconds", "Seconds of learning what is usual.", "detector.learner.counts.seconds"),
    ),
    "chat_gateway": (
        Entry("opened", "New conversations.", label="channel"),
        Entry("entries", "Entries in the log.", label="kind"),
        Entry("duplicates", "Messages that were sent again and written once."),
        Entry("batches", "Transactions that wrote entries."),
        Entry("refused", "Requests that were refused.", label="code"),
        Entry("overflowed", "Connections closed because too much waited for them."),
        Entry("closed", "Connections by why they ended.", label="reason"),
        Entry("typing_relayed", "Messages of live typing that were passed on."),
        Entry("typing_shed", "Those that were left out."),
        Entry("gaps", "Gaps of readers that were filled from the database."),
        Entry("swept", "Entries of dead gateways that this one published."),
        Entry("publish_failures", "Entries whose events could not be made, see the log."),
        Entry("channel_received", "What providers delivered.", "channels.counts.received", "event"),
        Entry("channel_sent", "Parts that providers took.", "channels.counts.sent", "channel"),
        Entry("channel_retried", "Tries that were not the last.", "channels.counts.retried", "channel"),
        Entry(
            "channel_undelivered",
            "Entries that could not be sent; staff were told.",
            "channels.counts.undelivered",
            "channel",
        ),
        Entry("channel_failures", "Errors of the courier itself, see the log.", "channels.counts.failures"),
        Entry(
            "questions",
            "First lines of citizens who wait, for which guides are looked.",
            "answers.counts.asked",
        ),
        Entry(
            "answers", "Conversations in which guides were offered while waiting.", "answers.counts.offered"
        ),
        Entry("late_answers", "Guides that came too late to be offered.", "answers.counts.late"),
        Entry("pushes", "Notifications that push services took.", "pushes.counts.sent"),
        Entry("failed_pushes", "Notifications that they did not take.", "pushes.counts.failed"),
        Entry(
            "dropped_pushes",
            "Notifications that were left out because too many waited.",
            "pushes.counts.dropped",
        ),
    ),
    "console": (
        Entry("events", "Events taken from the bus to the panels."),
        Entry("shed_partials", "Partials left out because a panel did not keep up."),
        Entry("closed_panels", "Panels closed by the server.", label="reason"),
    ),
}

GAUGES: Final[Mapping[str, tuple[Entry, ...]]] = {
    "ingest": (Entry("calls", "Calls in progress.", "__len__"),),
    "asr": (
        Entry("channels", "Channels that are being listened to."),
        Entry("waiting_finals", "Finals that wait for the model."),
        Entry("queue_wait_seconds", "How long finals wait for the model.", "queue_wait_ms", factor=_MS),
        Entry("calls", "Calls by how much of them is transcribed.", label="mode"),
    ),
    "assist": (Entry("guides_version", "Version of the guides that are searched.", "library.version"),),
    "voc": (
        Entry("conversations", "Contacts in memory.", "__len__"),
        Entry("owed", "Contacts of which something is yet to be written down."),
    ),
    "chat_gateway": (
        Entry("connections", "Open connections.", label="side"),
        Entry("conversations", "Conversations that somebody follows here.", label="state"),
        Entry("waiting_commands", "Commands that wait for their transaction."),
        Entry("waiting_chats", "Conversations that wait for an agent, at any gateway."),
        Entry(
            "longest_wait_seconds", "How long the first of them has waited.", "longest_wait_ms", factor=_MS
        ),
        Entry("agents", "Agents who take conversations now, at any gateway."),
        Entry(
            "publish_lag_seconds",
            "How long the oldest entry has waited for the bus.",
            "publish_lag_ms",
            factor=_MS,
        ),
    ),
    "console": (Entry("panels", "Open panels.", "panels.__len__"),),
}
