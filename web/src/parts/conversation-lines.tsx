/** The lines of the conversation: what one party said, a sound, a gap. */
import type { Utterance } from "../contracts";
import { query } from "../find";
import type { GapLine, SoundLine } from "../lines";
import { type Piece, piecesOf } from "../pieces";
import { type TextKey, clockTime, durationText, t } from "../text";
import type { Turn } from "../turns";
import { Icon, type IconName } from "./icon";
import { memo } from "./memo";
import { SuspectWord } from "./suspect-word";

export function TurnRow({ turn, lit, isOver }: { turn: Turn; lit: string | null; isOver: boolean }) {
  return (
    <li class={`turn turn-${turn.role}`}>
      <p class="turn-head">
        <span class="turn-who">{t(turn.role)}</span>
        <time class="time">{clockTime(turn.start_ms)}</time>
      </p>
      <div class="bubble">
        {turn.utterances.map((utterance) => (
          <Said
            key={utterance.utterance_id}
            utterance={utterance}
            query={query.value}
            isLit={lit === utterance.utterance_id}
            isOver={isOver}
            speaking={t("speaking")}
          />
        ))}
      </div>
    </li>
  );
}

const SOUNDS = {
  music: ["note", "soundMusic"],
  ringing: ["tone", "soundRinging"],
  busy: ["tone", "soundBusy"],
  dtmf: ["keypad", "soundDtmf"],
} as const satisfies Record<string, readonly [IconName, TextKey]>;

export function SoundRow({ line: { sound, count, start_ms, end_ms } }: { line: SoundLine }) {
  const [icon, name] = SOUNDS[sound];
  const isKeys = sound === "dtmf";
  return (
    <li class="turn mark-line">
      <time class="time">{clockTime(start_ms)}</time>
      <Icon name={icon} />
      {isKeys && count > 1 ? t("soundKeys", { count }) : t(name)}
      {!isKeys && end_ms !== null && <span class="time">{durationText(end_ms - start_ms)}</span>}
    </li>
  );
}

export function GapRow({ line: { start_ms, end_ms }, isOver }: { line: GapLine; isOver: boolean }) {
  const from = clockTime(start_ms);
  return (
    <li class="turn mark-line gap-line">
      <Icon name="cut" />
      {end_ms !== null
        ? t("gapOver", { from, to: clockTime(end_ms) })
        : t(isOver ? "gapToEnd" : "gapOpen", { from })}
    </li>
  );
}

interface SaidProps {
  utterance: Utterance;
  query: string;
  isLit: boolean;
  isOver: boolean;
  speaking: string;
}

const Said = memo(({ utterance, query: needle, isLit, isOver, speaking }: SaidProps) => {
  const isOpen = utterance.status === "partial" && !isOver;
  const name = `said${isOpen ? " said-open" : ""}${isLit ? " said-lit" : ""}`;
  return (
    <p class={name} id={`said-${utterance.utterance_id}`} lang={utterance.language} data-status={utterance.status}>
      {piecesOf(utterance, needle).map((piece, index) => (
        <PieceText key={index} piece={piece} />
      ))}
      {isOpen && <span class="speaking" role="img" aria-label={speaking} />}
    </p>
  );
});

function PieceText({ piece: { kind, nearest, runs } }: { piece: Piece }) {
  const text = runs.map((run, index) => (run.found ? <mark key={index}>{run.text}</mark> : run.text));
  if (kind === "plain") return <>{text}</>;
  if (kind === "suspect" && nearest.length > 0) return <SuspectWord nearest={nearest}>{text}</SuspectWord>;
  const hint = kind === "masked" ? t("maskedHint") : kind === "suspect" ? t("suspectHint") : undefined;
  return (
    <>
      <span class={`piece-${kind}`} title={hint}>
        {text}
      </span>
      {kind === "suspect" && <span class="visually-hidden"> ({hint})</span>}
    </>
  );
}
