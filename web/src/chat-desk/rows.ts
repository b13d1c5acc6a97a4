/** What a line that nobody said tells in words; and pieces of what somebody said. Pure but for the language. */
import type { ChatLine } from "../chat/view";
import type { Party } from "../contracts";
import { lang } from "../preferences";
import { say } from "./words";

/**
 * Of an entry that is told as a notice in the middle; null: it is somebody's own line, or nothing to show.
 * `called`: what a topic or a colleague is called, by its id.
 */
export function noticeOf({ body, author }: ChatLine, called: (id: string) => string = (id) => id): string | null {
  const name = nameOf(author);
  switch (body.kind) {
    case "opened":
      return opened(say("opened", { channel: say(body.channel) }), called(body.skill), body.facts);
    case "live_typing":
      return say(body.on ? "liveOn" : "liveOff");
    case "stayed":
      return say("stayed");
    case "solved":
      return say("solved");
    case "rated":
      return [say("rated", { score: body.score }), body.comment].filter(Boolean).join(" · ");
    case "ended":
      return because(say("ended", { who: actorOf(author) }), body.reason);
    case "taken":
      return say("taken", { name });
    case "assigned":
      return say("assigned", { name: nameOf(body.agent) });
    case "transferred": {
      const told = say("transferredTo", { name: called(body.skill || body.staff_id) });
      return body.note ? `${told} · ${say("transferredNote", { note: body.note })}` : told;
    }
    case "requeued":
      return say(body.reason === "transferred" ? "requeuedByTransfer" : body.reason);
    case "joined":
      return say(body.watching ? "joinedWatching" : "joinedTalking", { name });
    case "left":
      return say("left", { name });
    case "urgent":
      return say("urgentLine", { words: body.words.join(", ") });
    case "notice":
      return lang.value === "ko" ? body.ko : body.en;
    case "rested":
      return say("rested");
    case "blocked":
      return say("blocked", { reason: body.reason });
    default:
      return null;
  }
}

function opened(told: string, topic: string, facts: Readonly<Record<string, string>>): string {
  const known = Object.entries(facts).map(([name, value]) => `${name} ${value}`);
  const parts = [told, topic && say("topic", { topic }), known.length > 0 && say("facts", { facts: known.join(", ") })];
  return parts.filter(Boolean).join(" · ");
}

function because(told: string, reason: string): string {
  return reason ? `${told} · ${say("endedBecause", { reason })}` : told;
}

export function nameOf({ side, name, staff_id }: Party): string {
  return name || staff_id || say(side);
}

function actorOf(author: Party): string {
  if (author.side === "citizen") return say("byCitizen");
  return author.side === "system" ? say("bySystem") : say("byStaff", { name: nameOf(author) });
}

export interface Piece {
  text: string;
  isProfane: boolean;
}

/** The text with what the gateway marked; the marks count code points. */
export function piecesOf(text: string, profane: readonly (readonly [number, number])[]): Piece[] {
  const points = Array.from(text);
  const pieces: Piece[] = [];
  let at = 0;
  const push = (end: number, isProfane: boolean): void => {
    if (end > at) pieces.push({ text: points.slice(at, end).join(""), isProfane });
    at = Math.max(at, end);
  };
  for (const [start, end] of [...profane].sort((a, b) => a[0] - b[0])) {
    push(Math.min(start, points.length), false);
    push(Math.min(end, points.length), true);
  }
  push(points.length, false);
  return pieces;
}

/**
 * The same objects for lines that say the same as before: so a long conversation is drawn again where it changed.
 * Entries never change, so a line does only by being edited or withdrawn.
 */
export function steadyLines(before: ReadonlyMap<number, ChatLine>, lines: readonly ChatLine[]): ChatLine[] {
  return lines.map((line) => {
    const known = before.get(line.seq);
    const isSame = known && known.edited_ms === line.edited_ms && known.is_withdrawn === line.is_withdrawn;
    return isSame ? known : line;
  });
}

/** Its name where the masked conversation has it: so evidence and hits find the line. */
export function lineId(contact_id: string, { author, seq }: Pick<ChatLine, "author" | "seq">): string {
  return `said-${contact_id}/${author.side === "citizen" ? 0 : 1}/${seq}`;
}

/** `37.566295, 126.977945`: as every map takes it. */
export function coordinates(latitude: number, longitude: number): string {
  return `${latitude.toFixed(6)}, ${longitude.toFixed(6)}`;
}
