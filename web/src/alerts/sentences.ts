/** What was seen and what came of it, in plain sentences with figures. Pure. */
import type { AlertAction, AlertDeed, Effect, Finding } from "../contracts";
import { lang } from "../preferences";
import { figure, span, when, windowText, HOUR_MS } from "./times";
import { type Word, say } from "./words";

const MOST_DISTRICTS = 2;
/** Contacts an hour that nobody would call more or fewer than usual. */
const NO_DIFFERENCE = 0.25;
/** Once in more than that many is told as "less than once in a million". */
const MOST_TIMES = 1_000_000;

/** "지난 1시간 14건": the figure of a line of the inbox. */
export function seenText(finding: Finding, now_ms: number): string {
  return say("seen", { window: windowText(finding.last_ms, finding.window_ms, now_ms), seen: figure(finding.seen) });
}

export function usualText(finding: Finding): string {
  return isNone(finding.expected) ? say("usualNone") : say("usual", { expected: figure(finding.expected) });
}

/** Would be shown as 0, which it is not. */
function isNone(expected: number): boolean {
  return expected < 0.05;
}

const SENTENCES = {
  rise: "riseSentence",
  slow_rise: "slowSentence",
  new_phrase: "phraseSentence",
  cluster: "clusterSentence",
} as const satisfies Record<Finding["kind"], Word>;

/** What was seen, how much that is, and how likely by chance. */
export function foundSentence(finding: Finding, now_ms: number): string {
  const phrase = finding.phrases.find((each) => each.is_new)?.phrase ?? finding.phrases[0]?.phrase ?? "";
  const kind = finding.kind === "new_phrase" && !phrase ? "rise" : finding.kind;
  const seen = say(SENTENCES[kind], {
    window: windowText(finding.last_ms, finding.window_ms, now_ms),
    place: placeText(finding),
    topic: topicText(finding),
    seen: figure(finding.seen),
    expected: figure(finding.expected),
    usual: say(isNone(finding.expected) ? "sentenceNone" : "sentenceUsual", { expected: figure(finding.expected) }),
    phrase,
  });
  return `${seen} ${chanceText(finding.p_value)}`.trim();
}

function placeText({ districts }: Finding): string {
  const named = districts.map((each) => each.district).filter((name) => name !== "");
  if (named.length === 0) return "";
  const shown = named.slice(0, MOST_DISTRICTS).join(", ");
  const more = named.length - MOST_DISTRICTS;
  return say("inPlace", { districts: more > 0 ? say("andMore", { districts: shown, count: more }) : shown });
}

function topicText({ danger, topics }: Finding): string {
  if (danger) return say(danger);
  const [first, ...others] = topics.map((each) => shortLabel(each.label || each.topic)).filter((name) => name !== "");
  if (!first) return say("anyTopic");
  return others.length > 0 ? say("andTopics", { topic: first, count: others.length }) : first;
}

/** `상하수도 > 누수·단수·수질` → `누수·단수·수질`. */
export function shortLabel(label: string): string {
  return label.split(">").at(-1)?.trim() ?? "";
}

/** "" for what is too likely to be worth a word. */
export function chanceText(p_value: number): string {
  if (p_value > 0.1 || Number.isNaN(p_value)) return "";
  const times = p_value > 0 ? 1 / p_value : Infinity;
  if (times > MOST_TIMES) return say("chanceRare");
  const size = 10 ** Math.floor(Math.log10(times));
  return say("chance", { count: bigCount(Math.round(times / size) * size) });
}

/** 20000 → 2만. */
function bigCount(count: number): string {
  if (lang.value === "ko" && count >= 10_000) return `${(count / 10_000).toLocaleString("ko-KR")}만 `;
  return count.toLocaleString("en");
}

/** Did contacts fall: first the verdict, then what it rests on. */
export function effectSentences(effect: Effect): { verdict: string; figures: string } {
  const hours = span(Math.max(effect.hours_after, 0.02) * HOUR_MS);
  const verdict = say(effect.verdict);
  if (effect.verdict === "too_early") {
    return { verdict, figures: say("effectBefore", { before: rateText(effect.before_per_h), hours }) };
  }
  const before = rateText(effect.before_per_h, true);
  return { verdict, figures: say("effectFigures", { before, hours, after: rateText(effect.after_per_h) }) };
}

function rateText(per_h: number, goesOn = false): string {
  if (Math.abs(per_h) < NO_DIFFERENCE) return say(goesOn ? "atUsualAnd" : "atUsual");
  const count = figure(Math.abs(per_h));
  if (per_h < 0) return say(goesOn ? "belowUsualAnd" : "belowUsual", { count });
  return say(goesOn ? "aboveUsualAnd" : "aboveUsual", { count });
}

/** What somebody did, to stand behind their name and the time. */
export function deedText(deed: AlertDeed, now_ms: number): string {
  switch (deed.kind) {
    case "acknowledged":
      return say("didAcknowledged");
    case "assigned":
      return say(deed.person ? "didAssignedPerson" : "didAssigned", { department: deed.department, person: deed.person });
    case "acted":
      return say("didActed", { time: when(deed.done_at_ms, now_ms) });
    case "muted":
      return deed.until_ms > 0 ? say("didMuted", { time: when(deed.until_ms, now_ms) }) : say("didUnmuted");
    case "noted":
      return say("didNoted");
    case "closed":
      return say("didClosed", { reason: say(deed.reason) });
    case "reopened":
      return say("didReopened");
  }
}

/** What was written with a deed; "": nothing. */
export function remarkOf(deed: AlertDeed): string {
  return "note" in deed ? deed.note : "";
}

/** A colleague's deed that this page did not know of when its own was refused; null: none. */
export function firstBy(before: readonly AlertAction[], now: readonly AlertAction[], me: string): AlertAction | null {
  const known = new Set(before.map((action) => action.action_id));
  return now.findLast((action) => !known.has(action.action_id) && action.staff_id !== me) ?? null;
}
