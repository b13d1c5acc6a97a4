/** Small events for tests: every field has a value, a test names only what it is about. */
import { EMPTY_TEXT } from "../src/form";
import type {
  ContactStateChanged,
  ContactView,
  Language,
  LanguageChosen,
  LanguageDetected,
  NothingFound,
  Outcome,
  RecognitionChanged,
  RecognitionMode,
  Sound,
  SoundHeard,
  SuggestionOffered,
  SuggestionOutcome,
  SummaryDrafted,
  SummaryEdited,
  Utterance,
  Word,
} from "../src/contracts";

export const CONTACT = "00000000-0000-4000-8000-000000000001";

const base = { schema_version: 1, contact_id: CONTACT, at_ms: 1000 } as const;

export function contact(fields: Partial<ContactStateChanged> = {}): ContactStateChanged {
  return {
    ...base,
    type: "contact.state",
    revision: 1,
    kind: "call",
    state: "talking",
    agent_id: "kim",
    title: "010-****-1234",
    source: "replay",
    roles: {},
    started_at_ms: 0,
    simulated: true,
    urgent: false,
    reason: "",
    ...fields,
  };
}

export function viewOf(fields: Partial<ContactView> = {}): ContactView {
  return {
    contact: contact(),
    ended_at_ms: null,
    held_since_ms: null,
    roles: {},
    corrected: {},
    utterances: [],
    withdrawn: {},
    sounds: [],
    recognition: null,
    detected: null,
    chosen: null,
    cards: [],
    early: {},
    nothing: null,
    draft: null,
    writing: null,
    edited: null,
    ...fields,
  };
}

export function said(id: string, fields: Partial<Utterance> = {}): Utterance {
  return {
    ...base,
    type: "utterance",
    utterance_id: id,
    revision: 1,
    status: "final",
    channel: 0,
    role: "unknown",
    start_ms: 0,
    end_ms: 800,
    text: "안녕하세요",
    stable_chars: 0,
    language: "ko",
    confidence: 0.9,
    words: [],
    masked: [],
    heard_ms: 800,
    ...fields,
  };
}

export function word(text: string, fields: Partial<Word> = {}): Word {
  return { text, start_ms: 0, end_ms: 0, probability: 0.9, suspect: false, nearest: [], ...fields };
}

export function sound(what: Sound, start_ms: number, end_ms: number | null, channel = 0): SoundHeard {
  const sound_id = `${CONTACT}/${channel}/${start_ms * 8}/${what}`;
  return { ...base, type: "sound", sound_id, sound: what, channel, start_ms, end_ms };
}

export function recognition(mode: RecognitionMode, revision: number): RecognitionChanged {
  return { ...base, at_ms: revision, type: "recognition", mode, revision };
}

export function detected(language: Language, at_ms: number): LanguageDetected {
  return { ...base, at_ms, type: "language.detected", language, probability: 0.9 };
}

export function chosen(language: Language, at_ms: number): LanguageChosen {
  return { ...base, at_ms, type: "contact.language", language, staff_id: "kim" };
}

export function offer(id: string, fields: Partial<SuggestionOffered> = {}): SuggestionOffered {
  return {
    ...base,
    type: "suggestion.offered",
    suggestion_id: id,
    revision: 1,
    utterance_id: "a",
    query: "여권 재발급",
    reason: "'여권'을 말씀하셨습니다",
    snippet: {
      kind: "guide",
      article_id: id,
      version: 1,
      stale: false,
      valid_until: null,
      title: `안내 ${id}`,
      heading: "",
      text: "가까운 구청에서 신청합니다.",
      category: "",
      department: "민원과",
      district: "",
      agency: "",
      revised: "2026-01-01",
      source: "",
      sample: true,
      score: 0.8,
      matched: ["여권"],
    },
    final_at_ms: 900,
    engine: "lexical",
    ...fields,
  };
}

export function outcome(id: string, what: Outcome): SuggestionOutcome {
  return { ...base, type: "suggestion.outcome", suggestion_id: id, outcome: what, staff_id: "kim", article_id: id, version: 1, query: "" };
}

export function nothing(at_ms: number): NothingFound {
  return { ...base, at_ms, type: "suggestion.none", utterance_id: "a", query: "", best_score: 0, candidates: [], guides_version: 1, engine: "lexical" };
}

export function drafted(revision: number, fields: Partial<SummaryDrafted> = {}): SummaryDrafted {
  return {
    ...base,
    type: "summary.drafted",
    revision,
    engine: "extractive",
    label: "핵심 발화",
    lines: [{ field: "inquiry", text: "여권 재발급 문의", evidence: ["a"], doubts: [] }],
    category: null,
    alternatives: [],
    withheld: 0,
    fallback: "",
    basis: "",
    complete: false,
    ended_at_ms: null,
    ...fields,
  };
}

export function edited(revision: number, fields: Partial<SummaryEdited> = {}): SummaryEdited {
  const text = { ...EMPTY_TEXT, inquiry: "여권" };
  return { ...base, type: "summary.edited", revision, text, saved: false, staff_id: "kim", drafted: null, ...fields };
}
