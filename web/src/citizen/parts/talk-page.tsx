import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { lit } from "../alerts";
import { closeFrame } from "../frame";
import { reasonOf, type Talk } from "../talk";
import { t } from "../text";
import { leave } from "../visit";
import { Composer } from "./composer";
import { EndBox } from "./end-box";
import { Log } from "./log";
import { MenuSheet } from "./menu-sheet";
import { PageTop } from "./page-top";
import { StateLine } from "./state-line";

export function TalkPage({ talk }: { talk: Talk }) {
  const menu = useSignal(false);
  useEffect(() => {
    const escape = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
      if (!menu.peek() && !isBusy()) closeFrame();
    };
    addEventListener("keydown", escape);
    talk.field?.focus();
    return () => removeEventListener("keydown", escape);
  }, []);

  const isEnded = talk.head.value?.state === "ended";
  return (
    <>
      {!isEnded && !talk.isLost.value && (
        <a class="skip" href="#message">
          {t("skip")}
        </a>
      )}
      <PageTop>
        <button type="button" aria-haspopup="dialog" onClick={() => (menu.value = true)}>
          {t("menu")}
        </button>
      </PageTop>
      <main class={lit.value ? "talk lit" : "talk"}>
        <h1 class="visually-hidden">{t("conversation")}</h1>
        {talk.isLost.value ? (
          <Lost />
        ) : (
          <>
            <StateLine talk={talk} />
            <Log talk={talk} />
            <div class="foot">
              <Refusals talk={talk} />
              {talk.isWarned.value && <IdleWarning talk={talk} />}
              <QuickReplies talk={talk} />
              {isEnded ? <EndBox talk={talk} /> : <Composer talk={talk} />}
            </div>
          </>
        )}
      </main>
      <p class="visually-hidden" role="status" aria-live="polite" id="announcer">
        {talk.announced}
      </p>
      {menu.value && <MenuSheet talk={talk} onClose={() => (menu.value = false)} />}
    </>
  );
}

/** Escape has something nearer to close. */
function isBusy(): boolean {
  return document.querySelector("dialog[open], .composer .note button") !== null;
}

function QuickReplies({ talk }: { talk: Talk }) {
  const replies = talk.replies.value;
  if (!replies.length) return null;
  return (
    <div class="row quick" role="group" aria-label={t("quick")}>
      {replies.map((reply) => (
        <button
          type="button"
          key={reply}
          onClick={() => {
            talk.say(reply);
            talk.field?.focus();
          }}
        >
          {reply}
        </button>
      ))}
    </div>
  );
}

/** Never a silent time-out: said before, and put off by one key. */
function IdleWarning({ talk }: { talk: Talk }) {
  return (
    <div class="note warn idle" role="alert">
      <p>
        <strong>{t("idleTitle")}</strong> {t("idleNote")} {t("stayHint")}
      </p>
      <button
        type="button"
        class="primary"
        onClick={() => {
          talk.stay();
          talk.field?.focus();
        }}
      >
        {t("stay")}
      </button>
    </div>
  );
}

/** What was refused and is no line of its own: an edit that came too late, a switch. */
function Refusals({ talk }: { talk: Talk }) {
  const refused = talk.pending.value.filter((one) => one.refusal && !SHOWN.has(one.body.kind));
  if (!refused.length) return null;
  return (
    <>
      {refused.map((one) => (
        <p class="note warn" role="alert" key={one.client_id}>
          {reasonOf(one)}{" "}
          <button type="button" onClick={() => talk.drop(one)}>
            {t("close")}
          </button>
        </p>
      ))}
    </>
  );
}

const SHOWN = new Set(["said", "photo", "place"]);

function Lost() {
  return (
    <div class="start">
      <p role="alert">{t("keyLost")}</p>
      <button type="button" class="primary wide" onClick={() => leave(false)}>
        {t("fresh")}
      </button>
    </div>
  );
}
