/**
 * The conversation as chat. It follows the newest words only while it stands at its end; else nothing moves
 * under the reader's eye and a button tells how much came.
 */
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { api, sentenceOf } from "../api";
import type { Utterance } from "../contracts";
import { at, hits, jump, latestWanted, look, query, step } from "../find";
import { gapsOf } from "../gaps";
import { type GapLine, type SoundLine, linesOf } from "../lines";
import { announcement, onEvent, view } from "../panel";
import { type Piece, piecesOf } from "../pieces";
import { tab } from "../tabs";
import { type TextKey, clockTime, durationText, t } from "../text";
import { type Turn, roleOf, swapped } from "../turns";
import { isOffering, keepOneStop, walkWords } from "../words";
import { Icon, type IconName } from "./icon";
import { memo } from "./memo";
import { SuspectWord } from "./suspect-word";

/** Lines in the page at first; "show earlier" adds as many again. */
const WINDOW = 400;
/** This near to the end counts as the end. */
const END_PX = 24;

export function Transcript() {
  const current = view.value;
  useReadOut();
  return (
    <section class="talk" aria-label={t("transcript")}>
      <div class="pane-head">
        <h2>{t("transcript")}</h2>
        <SwapButton />
        <Find />
      </div>
      {current ? <Log key={current.contact.contact_id} /> : <Nobody />}
    </section>
  );
}

function Nobody() {
  return (
    <div class="nobody">
      <p>{t("noContact")}</p>
      <p class="quiet">{t("noContactHint")}</p>
    </div>
  );
}

function Log() {
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const shown = useSignal(WINDOW);
  const isFollowing = useSignal(true);
  const seen = useRef(0);
  const current = view.value;
  const utterances = current?.utterances ?? [];
  const lines = current ? linesOf(current, gapsOf(current.contact.contact_id)) : [];
  const isOver = current?.ended_at_ms != null;
  if (isFollowing.value) seen.current = utterances.length;
  const missed = Math.max(0, utterances.length - seen.current);

  const toEnd = (): void => {
    isFollowing.value = true;
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };
  useLayoutEffect(() => {
    if (isFollowing.value && !isOffering.peek()) toEnd();
  }, [utterances, lines.length]);
  useLayoutEffect(() => keepOneStop(list.current));
  useEffect(() => {
    // Fonts that arrive and rows that are measured late change the height too.
    const sizes = new ResizeObserver(() => isFollowing.peek() && !isOffering.peek() && toEnd());
    if (box.current) sizes.observe(box.current);
    if (list.current) sizes.observe(list.current);
    return () => sizes.disconnect();
  }, []);
  useSignalEffect(() => {
    if (latestWanted.value > 0) toEnd();
  });
  useSignalEffect(() => {
    if (!isOffering.value && isFollowing.peek()) toEnd();
  });
  const lit = useJump(box, () => {
    shown.value = Number.POSITIVE_INFINITY;
    isFollowing.value = false;
  });

  const scrolled = (): void => {
    const element = box.current;
    if (!element) return;
    const rest_px = element.scrollHeight - element.scrollTop - element.clientHeight;
    isFollowing.value = rest_px < END_PX;
  };
  const earlier = Math.max(0, lines.length - shown.value);

  return (
    <div class="log-frame">
      <div
        ref={box}
        class="log"
        role="log"
        aria-live="off"
        aria-label={t("transcript")}
        tabIndex={0}
        onScroll={scrolled}
      >
        {earlier > 0 && (
          <button class="small" type="button" onClick={() => (shown.value += WINDOW)}>
            {t("earlier", { count: earlier })}
          </button>
        )}
        {lines.length === 0 && <p class="quiet">{t("silence")}</p>}
        <ol ref={list} class="turns" onKeyDown={walkWords}>
          {lines.slice(earlier).map((line) => {
            if (line.kind === "turn") return <TurnRow key={line.key} turn={line} lit={lit.value} isOver={isOver} />;
            if (line.kind === "sound") return <SoundRow key={line.key} line={line} />;
            return <GapRow key={line.key} line={line} isOver={isOver} />;
          })}
        </ol>
      </div>
      {!isFollowing.value && (
        <button class="to-latest" type="button" aria-keyshortcuts="g" onClick={toEnd}>
          {missed > 0 ? t("newUtterances", { count: missed }) : t("toLatest")}
        </button>
      )}
    </div>
  );
}

function TurnRow({ turn, lit, isOver }: { turn: Turn; lit: string | null; isOver: boolean }) {
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

function SoundRow({ line: { sound, count, start_ms, end_ms } }: { line: SoundLine }) {
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

function GapRow({ line: { start_ms, end_ms }, isOver }: { line: GapLine; isOver: boolean }) {
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

/** Scrolls to where evidence or a hit stands and lights it up. */
function useJump(box: { readonly current: HTMLDivElement | null }, prepare: () => void) {
  const lit = useComputed(() => jump.value?.utterance_id ?? null);
  const first = useRef(jump.peek());
  useSignalEffect(() => {
    const wanted = jump.value;
    if (!wanted || wanted === first.current) return;
    prepare();
    tab.value = "talk";
    requestAnimationFrame(() => {
      const said = box.current?.querySelector(`[id="said-${wanted.utterance_id}"]`);
      said?.scrollIntoView({ block: "center" });
    });
  });
  return lit;
}

function SwapButton() {
  const current = view.value;
  if (!current || current.utterances.length === 0) return null;
  const isKnown = Object.values(current.roles).some((role) => role !== "unknown");
  return (
    <button class="small" type="button" aria-keyshortcuts="w" onClick={() => void swapSpeakers()}>
      <Icon name="swap" />
      {t(isKnown ? "swap" : "setRoles")}
    </button>
  );
}

export async function swapSpeakers(): Promise<void> {
  const current = view.value;
  if (!current || current.utterances.length === 0) return;
  try {
    await api.setRoles(current.contact.contact_id, { roles: swapped(current) });
  } catch (error) {
    announcement.value = sentenceOf(error);
  }
}

function Find() {
  const count = hits.value.length;
  const asked = query.value.trim() !== "";
  return (
    <search class="find">
      <input
        id="find"
        type="search"
        value={query.value}
        placeholder={t("find")}
        aria-label={t("find")}
        aria-keyshortcuts="f"
        onInput={(event) => look(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.isComposing) return;
          event.preventDefault();
          step(event.shiftKey ? -1 : 1);
        }}
      />
      <span class="find-count time" role="status">
        {asked && (count > 0 ? t("findCount", { at: at.value + 1, count }) : t("findNone"))}
      </span>
    </search>
  );
}

/** Screen readers hear finals of the other party: partials and one's own words would drown them. */
function useReadOut(): void {
  useEffect(
    () =>
      onEvent((event) => {
        const current = view.peek();
        if (event.type !== "utterance" || event.status !== "final" || !event.text) return;
        if (event.contact_id !== current?.contact.contact_id) return;
        const role = roleOf(event, current.roles);
        if (role !== "agent") announcement.value = `${t(role)}: ${event.text}`;
      }),
    [],
  );
}
