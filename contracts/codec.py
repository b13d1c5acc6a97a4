"""Events to bytes and back: JSON by the models of this package, told apart by `type`."""

from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError

from contracts import topics
from contracts.chat_bus import ChatAttended, ChatLogged, ChatReceipted, ChatTyped
from contracts.contact import ContactStateChanged, LanguageChosen, RolesChanged, SummaryRequested
from contracts.errors import BadEvent
from contracts.event import Event
from contracts.suggestion import (
    AnswerOffered,
    NothingFound,
    SearchAnswered,
    SearchRequested,
    SuggestionOffered,
    SuggestionOutcome,
)
from contracts.summary import SummaryDrafted, SummaryEdited, SummaryWriting
from contracts.transcript import (
    LanguageDetected,
    RecognitionChanged,
    SoundHeard,
    TranscriptEnded,
    Utterance,
)
from contracts.voc import AlertChanged

AnyEvent = Annotated[
    ContactStateChanged
    | RolesChanged
    | LanguageChosen
    | SummaryRequested
    | Utterance
    | TranscriptEnded
    | SoundHeard
    | RecognitionChanged
    | LanguageDetected
    | SuggestionOffered
    | AnswerOffered
    | NothingFound
    | SuggestionOutcome
    | SearchRequested
    | SearchAnswered
    | SummaryWriting
    | SummaryDrafted
    | SummaryEdited
    | ChatLogged
    | ChatReceipted
    | ChatAttended
    | ChatTyped
    | AlertChanged,
    Field(discriminator="type"),
]
"""Every event there is."""

_TOPIC_OF: Final[dict[type[Event], topics.Topic]] = {
    ContactStateChanged: topics.CONTACT_EVENTS,
    RolesChanged: topics.CONTACT_EVENTS,
    LanguageChosen: topics.CONTACT_EVENTS,
    SummaryRequested: topics.CONTACT_EVENTS,
    Utterance: topics.TRANSCRIPT,
    TranscriptEnded: topics.TRANSCRIPT,
    SoundHeard: topics.TRANSCRIPT,
    RecognitionChanged: topics.TRANSCRIPT,
    LanguageDetected: topics.TRANSCRIPT,
    SuggestionOffered: topics.SUGGESTIONS,
    AnswerOffered: topics.SUGGESTIONS,
    NothingFound: topics.SUGGESTIONS,
    SuggestionOutcome: topics.SUGGESTION_OUTCOMES,
    SearchRequested: topics.SEARCH_REQUESTS,
    SearchAnswered: topics.SEARCH_RESULTS,
    SummaryWriting: topics.SUMMARIES,
    SummaryDrafted: topics.SUMMARIES,
    SummaryEdited: topics.SUMMARIES,
    ChatLogged: topics.CHAT,
    ChatReceipted: topics.CHAT,
    ChatAttended: topics.CHAT,
    ChatTyped: topics.CHAT_TYPING,
    AlertChanged: topics.VOC_ALERTS,
}

_ADAPTER: Final[TypeAdapter[AnyEvent]] = TypeAdapter(AnyEvent)


def topic_of(event: Event) -> topics.Topic:
    """The topic on which this kind of event travels."""
    return _TOPIC_OF[type(event)]


def encode(event: Event) -> bytes:
    """The event as UTF-8 JSON."""
    return event.model_dump_json().encode()


def decode(value: bytes) -> AnyEvent:
    """Read an event.

    Raises:
        BadEvent: not JSON, an unknown type, another schema version, or a field that does not fit.
    """
    try:
        return _ADAPTER.validate_json(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "record"
        raise BadEvent(
            f"이벤트를 읽을 수 없어 건너뜁니다({where}). 보낸 쪽과 받는 쪽의 판이 같은지 확인하십시오.",
            f"event skipped, {where}: {first['msg']}. Check that sender and reader run the same version.",
        ) from None
