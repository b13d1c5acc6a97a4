/**
 * The conversation as chat. It follows the newest words only while it stands at its end; else nothing moves
 * under the reader's eye and a button tells how much came.
 */
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { api, sentenceOf } from "../api";
import { chatSide } from "../chat-side";
import { at, hits, jump, latestWanted, look, query, step } from "../find";
import { gapsOf } from "../gaps";
import { linesOf } from "../lines";
import { announcement, onEvent, patience, selected, view } from "../panel";
import { tab } from "../tabs";
import { t } from "../text";
import { roleOf, swapped } from "../turns";
import { isOffering, keepOneStop, walkWords } from "../words";
import { GapRow, SoundRow, TurnRow } from "./conversation-lines";
import { Icon } from "./icon";

/** Lines in the page at first; "show earlier" adds as many again. */
const WINDOW = 400;
/** This near to the end counts as the end. */
const END_PX = 24;

export function Transcript() {
  const current = view.value;
  const isChat = current?.contact.kind === "chat";
  const Supervise = isChat ? chatSide.value?.Supervise : undefined;
  useReadOut();
  return (
    <section class="talk" aria-label={t("transcript")}>
      <div class="pane-head">
        <h2>{t("transcript")}</h2>
        {!isChat && <SwapButton />}
        <Find />
      </div>
      {Supervise && <Supervise />}
      {current ? <Log key={current.contact.contact_id} /> : <Nobody />}
    </section>
  );
}

function Nobody() {
  if (selected.value !== null) return <p class="nobody quiet">{t("loading")}</p>;
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

/** Scrolls to where evidence or a hit stands and lights it up. */
export function useJump(box: { readonly current: HTMLDivElement | null }, prepare: () => void) {
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
  const { contact_id } = current.contact;
  const roles = swapped(current);
  try {
    await patience.keep(`roles ${contact_id}`, () => api.setRoles(contact_id, { roles }));
  } catch (error) {
    announcement.value = sentenceOf(error);
  }
}

export function Find() {
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
