/** The lines of the conversation in the order of time: turns, sounds that are no speech, and gaps. */
import type { ContactView, Sound } from "./contracts";
import type { Gap } from "./gaps";
import { PAUSE_MS, type Turn, turnsOf } from "./turns";

export interface SoundLine {
  kind: "sound";
  key: string;
  sound: Sound;
  channel: number;
  start_ms: number;
  /** Null while it is heard. */
  end_ms: number | null;
  /** The same sound so often in a row: keys, rings. */
  count: number;
}

export interface GapLine extends Gap {
  kind: "gap";
  key: string;
}

export type Line = Turn | SoundLine | GapLine;

export function linesOf(view: ContactView, gaps: readonly Gap[]): Line[] {
  const { utterances, roles } = view;
  const lines: Line[] = [];
  let from = 0;
  for (const mark of marksOf(view, gaps)) {
    let to = from;
    while (to < utterances.length && utterances[to]!.start_ms < mark.start_ms) to += 1;
    if (to > from) lines.push(...turnsOf(utterances.slice(from, to), roles));
    from = to;
    const last = lines.at(-1);
    if (last?.kind === "sound" && mark.kind === "sound" && goesOn(last, mark)) {
      last.end_ms = mark.end_ms;
      last.count += 1;
    } else lines.push(mark);
  }
  return [...lines, ...turnsOf(utterances.slice(from), roles)];
}

function marksOf({ sounds }: ContactView, gaps: readonly Gap[]): (SoundLine | GapLine)[] {
  const heard = sounds.map(
    ({ sound_id: key, sound, channel, start_ms, end_ms }): SoundLine => {
      return { kind: "sound", key, sound, channel, start_ms, end_ms, count: 1 };
    },
  );
  const missed = gaps.map((gap): GapLine => ({ kind: "gap", key: `gap-${gap.start_ms}`, ...gap }));
  return [...heard, ...missed].sort((a, b) => a.start_ms - b.start_ms);
}

function goesOn(last: SoundLine, next: SoundLine): boolean {
  if (last.sound !== next.sound || last.channel !== next.channel) return false;
  return next.start_ms - (last.end_ms ?? last.start_ms) < PAUSE_MS;
}
