"""The reducer of the panel: a contact's view, one event further. Pure; `web/src/view.ts` is its twin.

The order of one topic's records is kept, and after a crash they come again from an earlier one on; records
of different topics overtake each other freely. So everything here is an upsert: whatever comes again, or
late, leaves the view as it was.
"""

import bisect
from collections.abc import Iterable
from typing import Final

from contracts.codec import AnyEvent
from contracts.contact import ContactStateChanged, LanguageChosen, RolesChanged
from contracts.event import Role
from contracts.panel import Card, ContactView
from contracts.suggestion import AnswerOffered, NothingFound, Outcome, SuggestionOffered, SuggestionOutcome
from contracts.summary import SummaryDrafted, SummaryEdited, SummaryWriting
from contracts.transcript import LanguageDetected, RecognitionChanged, SoundHeard, Utterance

NEVER: Final = -1
"""Below every revision."""


def apply(view: ContactView | None, event: AnyEvent) -> ContactView | None:
    """The view after `event`, which must be of the view's contact.

    None stays None until the contact itself is known: what came before it is in the store, where the view
    is built from. The same object comes back when the event changes nothing.
    """
    if isinstance(event, ContactStateChanged):
        return _with_contact(view, event)
    if view is None:
        return None
    match event:
        case Utterance():
            return _with_utterance(view, event)
        case RolesChanged():
            return _with_roles(view, event.roles)
        case SoundHeard():
            return _with_sound(view, event)
        case RecognitionChanged() if event.revision > _revision(view.recognition):
            return view.model_copy(update={"recognition": event})
        case LanguageDetected() if _is_later(event, view.detected):
            return view.model_copy(update={"detected": event})
        case LanguageChosen() if _is_later(event, view.chosen):
            return view.model_copy(update={"chosen": event})
        case SuggestionOffered():
            return _with_offer(view, event)
        case SuggestionOutcome():
            return _with_outcome(view, event)
        case AnswerOffered():
            return _with_answer(view, event)
        case NothingFound():
            return _with_nothing(view, event)
        case SummaryWriting():
            return _with_writing(view, event)
        case SummaryDrafted() if event.revision > _revision(view.draft):
            writing = view.writing if view.writing and view.writing.revision > event.revision else None
            return view.model_copy(update={"draft": event, "writing": writing})
        case SummaryEdited() if event.revision > _revision(view.edited):
            return view.model_copy(update={"edited": event})
        case _:
            return view


def build_view(
    contact: ContactStateChanged,
    *,
    ended_at_ms: int | None = None,
    held_since_ms: int | None = None,
    corrected: dict[int, Role] | None = None,
    utterances: Iterable[Utterance] = (),
    sounds: Iterable[SoundHeard] = (),
    recognition: RecognitionChanged | None = None,
    detected: LanguageDetected | None = None,
    chosen: LanguageChosen | None = None,
    cards: Iterable[Card] = (),
    nothing: NothingFound | None = None,
    draft: SummaryDrafted | None = None,
    edited: SummaryEdited | None = None,
) -> ContactView:
    """The view from stored parts: equal to what the stored events, applied one by one, would have made."""
    kept = tuple(card.model_copy(update={"outcomes": _last_of_each(card.outcomes)}) for card in cards)
    view = _with_roles(_with_contact(None, contact), corrected or {})
    return view.model_copy(
        update={
            "ended_at_ms": ended_at_ms,
            "held_since_ms": held_since_ms,
            "utterances": tuple(sorted((one for one in utterances if one.text), key=_position)),
            "sounds": tuple(sorted(sounds, key=_place)),
            "recognition": recognition,
            "detected": detected,
            "chosen": chosen,
            "cards": kept,
            "nothing": None if nothing and _answered(kept, nothing) else nothing,
            "draft": draft,
            "edited": edited,
        }
    )


def _revision(event: RecognitionChanged | SummaryDrafted | SummaryEdited | None) -> int:
    return NEVER if event is None else event.revision


def _is_later(event: AnyEvent, known: AnyEvent | None) -> bool:
    return known is None or event.at_ms > known.at_ms


# -- the contact and who is who ----------------------------------------------------------------------------


def _with_contact(view: ContactView | None, event: ContactStateChanged) -> ContactView:
    if view is None:
        view = ContactView(contact=event)
    elif event.revision <= view.contact.revision:
        return view
    return view.model_copy(
        update={
            "contact": event,
            "ended_at_ms": _since(view.ended_at_ms, event.at_ms) if event.state == "ended" else None,
            "held_since_ms": _since(view.held_since_ms, event.at_ms) if event.state == "held" else None,
            "roles": event.roles | view.corrected,
        }
    )


def _since(known_ms: int | None, at_ms: int) -> int:
    """A later record of the same state does not restart its clock."""
    return at_ms if known_ms is None else known_ms


def _with_roles(view: ContactView, roles: dict[int, Role]) -> ContactView:
    corrected = view.corrected | roles
    if corrected == view.corrected:
        return view
    return view.model_copy(update={"corrected": corrected, "roles": view.contact.roles | corrected})


# -- what was said -----------------------------------------------------------------------------------------


def _position(utterance: Utterance) -> tuple[int, int, str]:
    return utterance.start_ms, utterance.channel, utterance.utterance_id


def _rank(utterance: Utterance) -> tuple[bool, int]:
    """A final outranks every partial: speech that is heard again after a crash starts with partials."""
    return utterance.status == "final", utterance.revision


def _with_utterance(view: ContactView, event: Utterance) -> ContactView:
    utterance_id = event.utterance_id
    withdrawn_at = view.withdrawn.get(utterance_id)
    if withdrawn_at is not None and _rank(event) <= (True, withdrawn_at):
        return view
    # From the end: what is being said now stands there.
    known = next((one for one in reversed(view.utterances) if one.utterance_id == utterance_id), None)
    if known is not None and _rank(event) <= _rank(known):
        return view
    others = [one for one in view.utterances if one is not known]
    withdrawn = {key: revision for key, revision in view.withdrawn.items() if key != utterance_id}
    if event.text or event.status == "partial":
        bisect.insort(others, event, key=_position)
    else:
        withdrawn[utterance_id] = event.revision
    return view.model_copy(update={"utterances": tuple(others), "withdrawn": withdrawn})


# -- what else was heard -----------------------------------------------------------------------------------


def _place(sound: SoundHeard) -> tuple[int, int, str]:
    return sound.start_ms, sound.channel, sound.sound_id


def _known_end_ms(sound: SoundHeard) -> int:
    return NEVER if sound.end_ms is None else sound.end_ms


def _with_sound(view: ContactView, event: SoundHeard) -> ContactView:
    """A sound that is heard again after a crash may end later than it was said to, never earlier."""
    known = next((one for one in view.sounds if one.sound_id == event.sound_id), None)
    if known is not None and _known_end_ms(event) <= _known_end_ms(known):
        return view
    others = [one for one in view.sounds if one is not known]
    bisect.insort(others, event, key=_place)
    return view.model_copy(update={"sounds": tuple(others)})


# -- guides ------------------------------------------------------------------------------------------------


def _with_offer(view: ContactView, event: SuggestionOffered) -> ContactView:
    cards = list(view.cards)
    index = _index(view.cards, event.suggestion_id)
    if index is None:
        cards.append(Card(offer=event, outcomes=view.early.get(event.suggestion_id, ())))
    elif event.revision > cards[index].offer.revision:
        cards[index] = cards[index].model_copy(update={"offer": event})
    else:
        return view
    nothing = None if view.nothing and view.nothing.at_ms <= event.at_ms else view.nothing
    early = {key: outcomes for key, outcomes in view.early.items() if key != event.suggestion_id}
    return view.model_copy(update={"cards": tuple(cards), "nothing": nothing, "early": early})


def _with_outcome(view: ContactView, event: SuggestionOutcome) -> ContactView:
    """Cards and what became of them travel on two topics: an outcome may come first, and waits for its card."""
    index = _index(view.cards, event.suggestion_id)
    known = view.early.get(event.suggestion_id, ()) if index is None else view.cards[index].outcomes
    if known and known[-1] == event.outcome:
        return view
    outcomes = _last_of_each((*known, event.outcome))
    if index is None:
        return view.model_copy(update={"early": view.early | {event.suggestion_id: outcomes}})
    cards = list(view.cards)
    cards[index] = cards[index].model_copy(update={"outcomes": outcomes})
    return view.model_copy(update={"cards": tuple(cards)})


def _with_answer(view: ContactView, event: AnswerOffered) -> ContactView:
    """It comes behind its card, on the same topic; for a card that is not here there is nothing to answer."""
    index = _index(view.cards, event.suggestion_id)
    if index is None:
        return view
    known = view.cards[index].answer
    if known is not None and event.revision <= known.revision:
        return view
    cards = list(view.cards)
    cards[index] = cards[index].model_copy(update={"answer": event})
    return view.model_copy(update={"cards": tuple(cards)})


def _with_writing(view: ContactView, event: SummaryWriting) -> ContactView:
    known = view.writing
    if event.revision <= _revision(view.draft):
        return view
    if known is not None and (event.revision, event.seq) <= (known.revision, known.seq):
        return view
    return view.model_copy(update={"writing": event})


def _last_of_each(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    last: dict[Outcome, None] = {}
    for outcome in outcomes:
        last.pop(outcome, None)
        last[outcome] = None
    return tuple(last)


def _with_nothing(view: ContactView, event: NothingFound) -> ContactView:
    known = view.nothing
    if known and (event.at_ms, event.utterance_id) <= (known.at_ms, known.utterance_id):
        return view
    if _answered(view.cards, event):
        return view
    return view.model_copy(update={"nothing": event})


def _answered(cards: Iterable[Card], nothing: NothingFound) -> bool:
    return any(card.offer.at_ms >= nothing.at_ms for card in cards)


def _index(cards: Iterable[Card], suggestion_id: str) -> int | None:
    return next((i for i, card in enumerate(cards) if card.offer.suggestion_id == suggestion_id), None)
