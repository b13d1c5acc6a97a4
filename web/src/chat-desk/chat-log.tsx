/**
 * The lines of the open chat. It follows the newest only while it stands at its end; else nothing moves under the
 * reader's eye and a button tells how much came.
 */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { request } from "../api";
import type { Chat } from "../chat/chat";
import type { ChatLine } from "../chat/view";
import type { EntriesBefore } from "../contracts";
import { latestWanted } from "../find";
import { useJump } from "../parts/transcript";
import { lang } from "../preferences";
import { t } from "../text";
import { LineRow, PendingRows } from "./chat-line";
import { client, seen } from "./desk";
import { blurs } from "./likes";
import { reachOf } from "./marks";
import { putBack } from "./reply";
import { steadyLines } from "./rows";
import { say } from "./words";

/** This near to the end counts as the end. */
const END_PX = 24;

export function ChatLog({ chat }: { chat: Chat }) {
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const isFollowing = useSignal(true);
  const shown = useRef(0);
  const head = chat.head.value;
  const known = useRef<ReadonlyMap<number, ChatLine>>(new Map());
  const lines = steadyLines(known.current, chat.lines.value);
  known.current = new Map(lines.map((line) => [line.seq, line]));
  const solved = lines.find(({ body }) => body.kind === "solved");
  const pending = chat.pending.value;
  if (isFollowing.value) shown.current = head?.last_seq ?? 0;
  const missed = lines.filter((line) => line.seq > shown.current && line.author.side === "citizen").length;

  const toEnd = (): void => {
    isFollowing.value = true;
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };
  useLayoutEffect(() => {
    if (isFollowing.value) toEnd();
  }, [chat.lines.value, pending]);
  useEffect(() => {
    if (isFollowing.value) seen(chat);
  }, [chat.lines.value, isFollowing.value]);
  useEffect(() => {
    // A page that was hidden shows what came meanwhile.
    const visible = (): void => {
      if (isFollowing.peek()) seen(chat);
    };
    const sizes = new ResizeObserver(() => isFollowing.peek() && toEnd());
    if (box.current) sizes.observe(box.current);
    if (list.current) sizes.observe(list.current);
    document.addEventListener("visibilitychange", visible);
    return () => {
      sizes.disconnect();
      document.removeEventListener("visibilitychange", visible);
    };
  }, []);
  useSignalEffect(() => {
    if (latestWanted.value > 0) toEnd();
  });
  const lit = useJump(box, () => {
    isFollowing.value = false;
  });
  const litSeq = Number(lit.value?.split("/").at(-1) ?? -1);
  const scrolled = (): void => {
    const element = box.current;
    if (!element) return;
    isFollowing.value = element.scrollHeight - element.scrollTop - element.clientHeight < END_PX;
  };
  return (
    <div class="log-frame">
      <div
        ref={box}
        class={blurs.value ? "log chat-log blurs" : "log chat-log"}
        role="log"
        aria-live="off"
        aria-label={say("log")}
        tabIndex={0}
        onScroll={scrolled}
      >
        {chat.hasEarlier.value && <Earlier chat={chat} box={box} />}
        {head && lines.length === 0 && <p class="quiet">{say("emptyLog")}</p>}
        {!head && <p class="quiet">{say("notOpenYet")}</p>}
        <ol ref={list} class="turns">
          {head &&
            lines.map((line) => (
              <LineRow
                key={line.seq}
                line={line}
                contact_id={chat.id}
                spoken={head.language}
                reach={line.author.side === "staff" ? reachOf(line.seq, chat.receipts.value) : null}
                solvedBy={solved?.body.kind === "solved" ? solved.body.article_id : ""}
                isLit={line.seq === litSeq}
                language={lang.value}
              />
            ))}
          <PendingRows
            chat={chat}
            retry={(text, client_id) => {
              client.discard(chat.id, client_id);
              putBack(text);
            }}
          />
        </ol>
      </div>
      {!isFollowing.value && (
        <button class="to-latest" type="button" aria-keyshortcuts="g" onClick={toEnd}>
          {missed > 0 ? say("newLines", { count: missed }) : t("toLatest")}
        </button>
      )}
    </div>
  );
}

/** What is read stays where it is: the earlier lines come above it. */
function Earlier({ chat, box }: { chat: Chat; box: { readonly current: HTMLDivElement | null } }) {
  const isAsked = useSignal(false);
  const load = async (): Promise<void> => {
    if (isAsked.value) return;
    isAsked.value = true;
    const before = chat.entries.peek()[0]?.seq ?? 1;
    try {
      const path = `/api/chat/entries?contact_id=${chat.id}&before=${before}`;
      const { entries } = await request<EntriesBefore>("GET", path);
      const bottom_px = box.current ? box.current.scrollHeight - box.current.scrollTop : 0;
      chat.earlier(entries);
      requestAnimationFrame(() => {
        if (box.current) box.current.scrollTop = box.current.scrollHeight - bottom_px;
      });
    } finally {
      isAsked.value = false;
    }
  };
  return (
    <button class="small" type="button" aria-disabled={isAsked.value} onClick={() => void load()}>
      {say("earlierLines")}
    </button>
  );
}
