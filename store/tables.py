"""The tables. `migrations/` must lead to exactly these; a test compares the two.

What is searched or compared has its own column; where the whole event is given back, its JSON stands beside
it. There are no foreign keys between the tables: their events travel on different topics, so an utterance
may be here before its contact.
"""

import datetime as dt
import hashlib
from collections import OrderedDict
from contextlib import suppress
from typing import Final, Generic, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Dialect, Index, Integer, MetaData, Text, UniqueConstraint, false, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from contracts.contact import ContactStateChanged, LanguageChosen
from contracts.event import Role
from contracts.guides import GapStatus, GuideStatus, GuideText
from contracts.suggestion import AnswerOffered, NothingFound, Outcome, SuggestionOffered
from contracts.summary import SummaryDrafted, SummaryEdited
from contracts.transcript import LanguageDetected, RecognitionChanged, SoundHeard, Utterance

T = TypeVar("T")


class JsonText(TypeDecorator[T], Generic[T]):
    """A value of `kind`, anything pydantic can read and write, kept as JSON text.

    Args:
        kind: what is kept.
        remembered: texts whose values are remembered, by their hash, so that what this process wrote last need not
            be read again. For values that never change.
    """

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[T], remembered: int = 0) -> None:
        super().__init__()
        self.kind = kind
        self.remembered = remembered
        self._adapter: TypeAdapter[T] = TypeAdapter(kind)
        self._known: OrderedDict[bytes, T] = OrderedDict()

    def process_bind_param(self, value: T | None, dialect: Dialect) -> str | None:  # noqa: ARG002  SQLAlchemy's signature
        if value is None:
            return None
        raw = self._adapter.dump_json(value)
        if self.remembered:
            self._remember(_digest(raw), value)
        return raw.decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> T | None:  # noqa: ARG002  as above
        if value is None:
            return None
        if not self.remembered:
            return self._adapter.validate_json(value)
        key = _digest(value.encode())
        if (known := self._known.get(key)) is None:
            known = self._adapter.validate_json(value)
            self._remember(key, known)
        return known

    def _remember(self, key: bytes, value: T) -> None:
        self._known[key] = value
        with suppress(KeyError):  # event loops of two threads may come here at once
            while len(self._known) > self.remembered:
                self._known.popitem(last=False)


def _digest(raw: bytes) -> bytes:
    return hashlib.blake2b(raw, digest_size=16).digest()


ROW_ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up only an INTEGER primary key."""


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {int: BigInteger, str: Text}


class ContactRow(Base):
    __tablename__ = "contacts"
    __table_args__ = (
        Index(None, "agent_id", "started_at_ms"),
        Index(None, "started_at_ms"),
        Index(
            "ix_contacts_unended",
            "started_at_ms",
            "contact_id",
            postgresql_where=text("ended_at_ms IS NULL"),
            sqlite_where=text("ended_at_ms IS NULL"),
        ),
    )

    contact_id: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int]
    state: Mapped[str]
    agent_id: Mapped[str | None]
    started_at_ms: Mapped[int]
    ended_at_ms: Mapped[int | None]
    held_since_ms: Mapped[int | None]
    said_roles: Mapped[dict[int, Role] | None] = mapped_column(JsonText(dict[int, Role]))
    """What a person said about who is who; metadata does not overrule it."""
    event: Mapped[ContactStateChanged] = mapped_column(JsonText(ContactStateChanged))


class AccessRow(Base):
    """Who opened whose contact, and when. Only ever appended to."""

    __tablename__ = "contact_accesses"
    __table_args__ = (Index(None, "contact_id", "at_ms"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    contact_id: Mapped[str]
    staff_id: Mapped[str]
    at_ms: Mapped[int]


class UtteranceRow(Base):
    __tablename__ = "utterances"
    __table_args__ = (Index(None, "contact_id", "start_ms", "channel"),)

    utterance_id: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[str]
    revision: Mapped[int]
    start_ms: Mapped[int]
    channel: Mapped[int]
    withdrawn: Mapped[bool]
    """Its text is empty; kept so that an older revision that comes late cannot bring the text back."""
    event: Mapped[Utterance] = mapped_column(JsonText(Utterance))


OPEN_END_MS: Final = -1
"""Of a sound that has not ended: before every end."""


class SoundRow(Base):
    __tablename__ = "sounds"
    __table_args__ = (Index(None, "contact_id", "start_ms", "channel"),)

    sound_id: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[str]
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    channel: Mapped[int]
    event: Mapped[SoundHeard] = mapped_column(JsonText(SoundHeard))


class RecognitionRow(Base):
    """How much of a contact is transcribed."""

    __tablename__ = "recognitions"

    contact_id: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int]
    event: Mapped[RecognitionChanged] = mapped_column(JsonText(RecognitionChanged))


class DetectedRow(Base):
    """The language that was heard."""

    __tablename__ = "detected_languages"

    contact_id: Mapped[str] = mapped_column(primary_key=True)
    at_ms: Mapped[int]
    event: Mapped[LanguageDetected] = mapped_column(JsonText(LanguageDetected))


class ChosenRow(Base):
    """The language that a person said is spoken."""

    __tablename__ = "chosen_languages"

    contact_id: Mapped[str] = mapped_column(primary_key=True)
    at_ms: Mapped[int]
    event: Mapped[LanguageChosen] = mapped_column(JsonText(LanguageChosen))


class SuggestionRow(Base):
    __tablename__ = "suggestions"
    __table_args__ = (Index(None, "contact_id", "id"), UniqueConstraint("suggestion_id"))

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    """Counts up: the order in which cards were first offered. An update keeps it."""
    suggestion_id: Mapped[str]
    contact_id: Mapped[str]
    revision: Mapped[int]
    event: Mapped[SuggestionOffered] = mapped_column(JsonText(SuggestionOffered))


class OutcomeRow(Base):
    __tablename__ = "suggestion_outcomes"
    __table_args__ = (
        Index(None, "contact_id", "at_ms"),
        # Holds all that `store/usage.py` counts, in the order in which it counts.
        Index(None, "article_id", "outcome", "contact_id", "at_ms"),
        UniqueConstraint("suggestion_id", "at_ms", "outcome", "staff_id"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    suggestion_id: Mapped[str]
    contact_id: Mapped[str]
    outcome: Mapped[Outcome] = mapped_column(Text)
    staff_id: Mapped[str]
    at_ms: Mapped[int]
    article_id: Mapped[str] = mapped_column(server_default="")
    version: Mapped[int] = mapped_column(server_default="0")
    """Of the article, as it was shown."""
    query: Mapped[str] = mapped_column(server_default="")


class AnswerRow(Base):
    """The sentence that a language model made of a card's passage."""

    __tablename__ = "answers"
    __table_args__ = (Index(None, "contact_id"),)

    suggestion_id: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[str]
    revision: Mapped[int]
    event: Mapped[AnswerOffered] = mapped_column(JsonText(AnswerOffered))


class NothingRow(Base):
    """The last question of a contact for which there was no guide."""

    __tablename__ = "nothing_found"

    contact_id: Mapped[str] = mapped_column(primary_key=True)
    utterance_id: Mapped[str]
    at_ms: Mapped[int]
    answered: Mapped[bool]
    """A card was offered after it."""
    event: Mapped[NothingFound] = mapped_column(JsonText(NothingFound))


class QuestionRow(Base):
    """Every question that no guide answered: what gaps are made of."""

    __tablename__ = "questions"
    __table_args__ = (Index(None, "gap_id", "at_ms"), Index(None, "at_ms"))

    utterance_id: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[str]
    at_ms: Mapped[int]
    query: Mapped[str]
    best_score: Mapped[float]
    guides_version: Mapped[int]
    gap_id: Mapped[str] = mapped_column(server_default="")
    """Empty: not yet looked at."""


class GapRow(Base):
    """Questions that ask the same."""

    __tablename__ = "gaps"

    gap_id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    words: Mapped[tuple[str, ...]] = mapped_column(JsonText(tuple[str, ...]))
    status: Mapped[GapStatus] = mapped_column(Text)
    article_id: Mapped[str]
    made_at_ms: Mapped[int]


class DraftRow(Base):
    __tablename__ = "summary_drafts"

    contact_id: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int]
    event: Mapped[SummaryDrafted] = mapped_column(JsonText(SummaryDrafted))


class EditRow(Base):
    __tablename__ = "summary_edits"

    contact_id: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int]
    saved: Mapped[bool]
    event: Mapped[SummaryEdited] = mapped_column(JsonText(SummaryEdited))


class MeasureRow(Base):
    """What an agent made of a draft, measured when the summary was saved (again)."""

    __tablename__ = "summary_measures"
    __table_args__ = (Index(None, "saved_at_ms"),)

    contact_id: Mapped[str] = mapped_column(primary_key=True)
    saved_at_ms: Mapped[int]
    staff_id: Mapped[str]
    engine: Mapped[str]
    """Of the draft that the text was begun from; empty: none."""
    fallback: Mapped[str]
    drafted: Mapped[int | None]
    """Revision of that draft."""
    draft_chars: Mapped[int]
    saved_chars: Mapped[int]
    distance: Mapped[int]
    """Levenshtein, characters, over all fields together."""
    unedited: Mapped[bool]
    edited_fields: Mapped[tuple[str, ...]] = mapped_column(JsonText(tuple[str, ...]))
    drafted_fields: Mapped[tuple[str, ...]] = mapped_column(JsonText(tuple[str, ...]))
    withheld: Mapped[int]
    doubts: Mapped[int]
    after_call_ms: Mapped[int | None]
    """From the end of the contact to the first save; None when it was saved before."""


class ArticleRow(Base):
    """What agents see: the newest published version of each article."""

    __tablename__ = "articles"

    article_id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]
    category: Mapped[str]
    department: Mapped[str]
    district: Mapped[str]
    agency: Mapped[str]
    keywords: Mapped[tuple[str, ...]] = mapped_column(JsonText(tuple[str, ...]))
    revised: Mapped[dt.date]
    checked: Mapped[dt.date | None]
    source: Mapped[str]
    sample: Mapped[bool]
    version: Mapped[int] = mapped_column(server_default="1")
    valid_from: Mapped[dt.date | None]
    valid_until: Mapped[dt.date | None]
    """The last day on which it holds."""
    retired: Mapped[bool] = mapped_column(server_default=false())


class VersionRow(Base):
    """An article as it was, is or may become."""

    __tablename__ = "article_versions"
    __table_args__ = (Index(None, "status", "article_id"),)

    article_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    status: Mapped[GuideStatus] = mapped_column(Text)
    edit: Mapped[int]
    text: Mapped[GuideText] = mapped_column(JsonText(GuideText))
    author: Mapped[str]
    reviewer: Mapped[str]
    at_ms: Mapped[int]
    note: Mapped[str]
    gap_id: Mapped[str]
    """The gap it is to fill; empty: none."""


class CounterRow(Base):
    """Numbers that only rise, such as the version of the articles."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


class StaffRow(Base):
    __tablename__ = "staff"

    staff_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str]
    disabled: Mapped[bool]


class InstanceRow(Base):
    """An ingest process that is alive, or was until its beat stopped."""

    __tablename__ = "ingest_instances"

    instance: Mapped[str] = mapped_column(primary_key=True)
    beat: Mapped[int]
    """Rises while the process lives. A count, not a time: clocks of machines differ and jump."""
