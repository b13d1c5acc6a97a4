/**
 * The state of one contact: a snapshot plus the events since equals a fresh snapshot.
 *
 * The same rules as `console/view.py`; pure, and idempotent: a record heard twice, or late, changes nothing.
 */
import type {
  AnswerOffered,
  AnyEvent,
  ContactStateChanged,
  ContactView,
  NothingFound,
  SoundHeard,
  SuggestionOffered,
  SuggestionOutcome,
  SummaryDrafted,
  SummaryWriting,
  Utterance,
} from "./contracts";

/** The view after the event; the same object when nothing changed. */
export function apply(view: ContactView, event: AnyEvent): ContactView {
  if (event.contact_id !== view.contact.contact_id) return view;
  switch (event.type) {
    case "contact.state":
      return withContact(view, event);
    case "contact.roles":
      return withRoles(view, event.roles);
    case "utterance":
      return withUtterance(view, event);
    case "sound":
      return withSound(view, event);
    case "recognition":
      return view.recognition && event.revision <= view.recognition.revision ? view : { ...view, recognition: event };
    case "language.detected":
      return view.detected && event.at_ms <= view.detected.at_ms ? view : { ...view, detected: event };
    case "contact.language":
      return view.chosen && event.at_ms <= view.chosen.at_ms ? view : { ...view, chosen: event };
    case "suggestion.offered":
      return withOffer(view, event);
    case "suggestion.none":
      return withNothing(view, event);
    case "suggestion.outcome":
      return withOutcome(view, event);
    case "answer.offered":
      return withAnswer(view, event);
    case "summary.writing":
      return withWriting(view, event);
    case "summary.drafted":
      return withDraft(view, event);
    case "summary.edited":
      return view.edited && event.revision <= view.edited.revision ? view : { ...view, edited: event };
    case "contact.summary_requested":
    case "search.requested":
    case "search.answered":
    case "transcript.ended":
    case "chat.logged":
    case "chat.receipted":
    case "chat.attended":
    case "chat.typed":
    case "voc.alert":
      return view;
  }
}

function withContact(view: ContactView, contact: ContactStateChanged): ContactView {
  if (contact.revision <= view.contact.revision) return view;
  // A later record of the same state does not restart its clock.
  return {
    ...view,
    contact,
    ended_at_ms: contact.state === "ended" ? (view.ended_at_ms ?? contact.at_ms) : null,
    held_since_ms: contact.state === "held" ? (view.held_since_ms ?? contact.at_ms) : null,
    roles: { ...contact.roles, ...view.corrected },
  };
}

function withRoles(view: ContactView, said: ContactView["roles"]): ContactView {
  if (Object.entries(said).every(([channel, role]) => view.corrected[channel] === role)) return view;
  const corrected = { ...view.corrected, ...said };
  return { ...view, corrected, roles: { ...view.contact.roles, ...corrected } };
}

function withUtterance(view: ContactView, heard: Utterance): ContactView {
  const gone = view.withdrawn[heard.utterance_id];
  if (gone !== undefined && (heard.status === "partial" || heard.revision <= gone)) return view;
  const index = view.utterances.findIndex((known) => known.utterance_id === heard.utterance_id);
  const known = view.utterances[index];
  if (known && !replaces(heard, known)) return view;

  const others = index < 0 ? [...view.utterances] : view.utterances.toSpliced(index, 1);
  const withdrawn = { ...view.withdrawn };
  delete withdrawn[heard.utterance_id];
  if (heard.status === "final" && heard.text === "") {
    withdrawn[heard.utterance_id] = heard.revision;
    return { ...view, utterances: others, withdrawn };
  }
  return { ...view, utterances: inserted(others, heard, (each) => each.utterance_id), withdrawn };
}

/** A final outranks every partial: speech that is heard again after a crash starts with partials. */
function replaces(heard: Utterance, known: Utterance): boolean {
  if (heard.status !== known.status) return heard.status === "final";
  return heard.revision > known.revision;
}

/** A sound that is heard again after a crash may end later than it was said to, never earlier. */
function withSound(view: ContactView, heard: SoundHeard): ContactView {
  const index = view.sounds.findIndex((known) => known.sound_id === heard.sound_id);
  const known = view.sounds[index];
  if (known && (heard.end_ms ?? -1) <= (known.end_ms ?? -1)) return view;
  const others = index < 0 ? view.sounds : view.sounds.toSpliced(index, 1);
  return { ...view, sounds: inserted(others, heard, (each) => each.sound_id) };
}

/** With `one` at its place by start, channel and id. It is nearly always the newest: looked for from the end. */
function inserted<T extends Utterance | SoundHeard>(others: readonly T[], one: T, idOf: (each: T) => string): T[] {
  const isBefore = (other: T): boolean => {
    if (one.start_ms !== other.start_ms) return one.start_ms < other.start_ms;
    if (one.channel !== other.channel) return one.channel < other.channel;
    return idOf(one) < idOf(other);
  };
  let place = others.length;
  while (place > 0 && isBefore(others[place - 1]!)) place -= 1;
  return others.toSpliced(place, 0, one);
}

function withOffer(view: ContactView, offer: SuggestionOffered): ContactView {
  const index = view.cards.findIndex((card) => card.offer.suggestion_id === offer.suggestion_id);
  const known = view.cards[index];
  if (known && offer.revision <= known.offer.revision) return view;
  const cards = known
    ? view.cards.with(index, { ...known, offer })
    : [...view.cards, { offer, outcomes: view.early[offer.suggestion_id] ?? [], answer: null }];
  const { [offer.suggestion_id]: _, ...early } = view.early;
  const nothing = view.nothing && view.nothing.at_ms <= offer.at_ms ? null : view.nothing;
  return { ...view, cards, nothing, early };
}

function withNothing(view: ContactView, nothing: NothingFound): ContactView {
  if (view.nothing && !isLater(nothing, view.nothing)) return view;
  const answered = view.cards.some((card) => card.offer.at_ms >= nothing.at_ms);
  return answered ? view : { ...view, nothing };
}

function isLater(a: NothingFound, b: NothingFound): boolean {
  return a.at_ms !== b.at_ms ? a.at_ms > b.at_ms : a.utterance_id > b.utterance_id;
}

/** Cards and what became of them travel on two topics: an outcome may come first, and waits for its card. */
function withOutcome(view: ContactView, { suggestion_id, outcome }: SuggestionOutcome): ContactView {
  const index = view.cards.findIndex((card) => card.offer.suggestion_id === suggestion_id);
  const card = view.cards[index];
  const known = card?.outcomes ?? view.early[suggestion_id] ?? [];
  if (known.at(-1) === outcome) return view;
  const outcomes = [...known.filter((each) => each !== outcome), outcome];
  return card
    ? { ...view, cards: view.cards.with(index, { ...card, outcomes }) }
    : { ...view, early: { ...view.early, [suggestion_id]: outcomes } };
}

/** It comes behind its card, on the same topic; for a card that is not here there is nothing to answer. */
function withAnswer(view: ContactView, answer: AnswerOffered): ContactView {
  const index = view.cards.findIndex((card) => card.offer.suggestion_id === answer.suggestion_id);
  const card = view.cards[index];
  if (!card || (card.answer && answer.revision <= card.answer.revision)) return view;
  return { ...view, cards: view.cards.with(index, { ...card, answer }) };
}

function withWriting(view: ContactView, writing: SummaryWriting): ContactView {
  const known = view.writing;
  if (view.draft && writing.revision <= view.draft.revision) return view;
  if (known && (writing.revision < known.revision || (writing.revision === known.revision && writing.seq <= known.seq))) {
    return view;
  }
  return { ...view, writing };
}

function withDraft(view: ContactView, draft: SummaryDrafted): ContactView {
  if (view.draft && draft.revision <= view.draft.revision) return view;
  const writing = view.writing && view.writing.revision > draft.revision ? view.writing : null;
  return { ...view, draft, writing };
}
