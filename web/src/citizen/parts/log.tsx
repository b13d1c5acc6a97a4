import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { isShown } from "../frame";
import type { Talk } from "../talk";
import { t } from "../text";
import { Line, PendingLine } from "./line";

/** So near to the end is at the end. */
const NEAR_PX = 48;

/** The conversation. Who reads its end stays at its end; who reads further up is not moved. */
export function Log({ talk }: { talk: Talk }) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const isAway = useSignal(false);
  const lines = talk.lines.value;
  const pending = talk.pending.value;
  const typed = talk.chat.typing.value;
  const changeable = talk.changeable.value;

  const look = (): void => {
    if (!box.current) return;
    const page = scroller(box.current);
    atEnd.current = page.scrollHeight - page.scrollTop - page.clientHeight < NEAR_PX;
    isAway.value = !atEnd.current;
    if (atEnd.current) talk.seen();
  };

  const toEnd = (): void => {
    if (!box.current) return;
    const page = scroller(box.current);
    page.scrollTop = page.scrollHeight;
    look();
  };

  useLayoutEffect(() => {
    if (atEnd.current) toEnd();
  }, [lines, pending, typed, talk.head.value, isShown.value]);

  useEffect(() => {
    const seen = (): void => {
      if (atEnd.current) toEnd();
    };
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", seen);
    document.addEventListener("visibilitychange", seen);
    return () => {
      removeEventListener("scroll", look);
      removeEventListener("resize", seen);
      document.removeEventListener("visibilitychange", seen);
    };
  }, []);

  const unread = talk.chat.unread.value;
  return (
    <div class="log-frame">
      {/* Announced elsewhere, each finished message once: a log that speaks by itself repeats edits and marks. */}
      <div class="log" role="log" aria-live="off" aria-label={t("conversation")} tabIndex={0} ref={box} onScroll={look}>
        {talk.chat.hasEarlier.value && <Earlier talk={talk} box={box} />}
        <ol>
          {lines.map((line) => (
            <Line key={line.seq} line={line} talk={talk} canChange={changeable.has(line.seq)} />
          ))}
          {pending
            .filter((one) => !one.seq || one.seq > talk.chat.lastSeq)
            .map((one) => (
              <PendingLine key={one.client_id} one={one} talk={talk} />
            ))}
        </ol>
        {typed.map((one) => (
          <div class="line staff writing" key={one.name}>
            {one.text ? (
              <>
                <p class="who">{t("writesNow")}</p>
                <div class="bubble">
                  <p class="words">{one.text}</p>
                </div>
              </>
            ) : (
              <p class="quiet">{t("isWriting")}</p>
            )}
          </div>
        ))}
      </div>
      {isAway.value && unread > 0 && (
        <button type="button" class="primary below" onClick={toEnd}>
          {t("newBelow", { count: unread })}
        </button>
      )}
    </div>
  );
}

function Earlier({ talk, box }: { talk: Talk; box: { current: HTMLElement | null } }) {
  const busy = useSignal(false);
  const failed = useSignal(false);
  const load = async (): Promise<void> => {
    if (busy.value || !box.current) return;
    busy.value = true;
    failed.value = false;
    const page = scroller(box.current);
    const fromEnd = page.scrollHeight - page.scrollTop;
    try {
      await talk.earlier();
      // What was in sight stays in sight.
      requestAnimationFrame(() => (page.scrollTop = page.scrollHeight - fromEnd));
    } catch {
      failed.value = true;
    } finally {
      busy.value = false;
    }
  };
  return (
    <p class="earlier">
      <button type="button" aria-disabled={busy.value} onClick={() => void load()}>
        {busy.value ? t("loading") : t("earlier")}
      </button>
      {failed.value && (
        <span class="error" role="alert">
          {t("earlierFailed")}
        </span>
      )}
    </p>
  );
}

/** On small or much enlarged pages the whole page scrolls, not the log within it. */
function scroller(log: HTMLElement): Element {
  return log.scrollHeight > log.clientHeight + 1 || !document.scrollingElement ? log : document.scrollingElement;
}
