/** Where the article stands on its way, whether it is saved, and the steps that this person may take. */
import { useSignal } from "@preact/signals";
import type { GuideVersion } from "../contracts";
import { staff } from "../session";
import { t, timeOfDay } from "../text";
import { draft, move, moveError, versions } from "./desk";
import { type Draft, mayPublish, shownOf } from "./draft";
import { say } from "./words";

export function StepLine() {
  const now = draft.value;
  if (!now) return null;
  const shown = shownOf(versions.value);
  return (
    <div class="steps">
      <div class="step-row">
        {now.open && (
          <p>
            <span class="chip chip-step">{say(now.open.status)}</span> {t("versionMark", { version: now.open.version })}{" "}
            <span class="quiet">{say("by", { author: now.open.author })}</span>
          </p>
        )}
        <p class={now.state === "failed" || now.state === "refused" ? "save-state error" : "save-state quiet"} role="status">
          {stateText(now)}
        </p>
        {now.open && now.state !== "conflict" && <OpenSteps open={now.open} />}
      </div>
      <div class="step-row">
        <p class="quiet">{shownText(shown)}</p>
        {shown && now.state !== "conflict" && <ShownSteps shown={shown} open={now.open} />}
      </div>
      {moveError.value && (
        <p class="error" role="alert">
          {say("moveFailed", { message: moveError.value })}
        </p>
      )}
    </div>
  );
}

function stateText(now: Draft): string {
  switch (now.state) {
    case "clean":
      return now.saved_at_ms === null ? say("idle") : say("saved", { time: timeOfDay(now.saved_at_ms) });
    case "dirty":
      return say(now.text.title.trim() ? "unsaved" : "needsTitle");
    case "saving":
      return say("saving");
    case "failed":
      return now.message || say("saveFailed");
    case "refused":
      return say("saveRefused", { message: now.message });
    case "conflict":
      return say("conflict");
  }
}

function shownText(shown: GuideVersion | null): string {
  if (!shown) return say("shownNone");
  if (shown.status === "retired") return say("shownRetired");
  return say("shownVersion", { version: shown.version, date: shown.text.revised });
}

function OpenSteps({ open }: { open: GuideVersion }) {
  const person = staff.value;
  if (!person) return null;
  const may = mayPublish(open, person);
  return (
    <div class="step-acts">
      {open.status === "draft" && (
        <button class={may ? "small" : "small primary"} type="button" onClick={() => void move("review")}>
          {say("sendToReview")}
        </button>
      )}
      {open.status === "review" && !may && <span class="quiet">{say("othersPublish")}</span>}
      {open.status === "review" && (
        <button class="small" type="button" onClick={() => void move("draft")}>
          {say("backToDraft")}
        </button>
      )}
      {may && (
        <button class="small primary" type="button" onClick={() => void move("published")}>
          {say("publish")}
        </button>
      )}
    </div>
  );
}

function ShownSteps({ shown, open }: { shown: GuideVersion; open: GuideVersion | null }) {
  if (shown.status === "retired") {
    if (open) return null; // publishing that one brings the article back
    return (
      <div class="step-acts">
        <button class="small" type="button" onClick={() => void move("published")}>
          {say("publishAgain")}
        </button>
      </div>
    );
  }
  return (
    <div class="step-acts">
      {shown.text.checked && <span class="quiet">{say("fieldChecked")} {shown.text.checked}</span>}
      <button class="small" type="button" title={say("checkedHint")} onClick={() => void move("checked")}>
        {say("checkedNow")}
      </button>
      <Retire />
    </div>
  );
}

/** Asked at the same place; the focus goes to the way back. */
function Retire() {
  const asks = useSignal(false);
  const cancel = (): void => {
    asks.value = false;
    requestAnimationFrame(() => document.getElementById("retire")?.focus());
  };
  if (!asks.value) {
    return (
      <button id="retire" class="small danger" type="button" onClick={() => (asks.value = true)}>
        {say("retire")}
      </button>
    );
  }
  return (
    <span
      class="retire-ask"
      role="group"
      aria-label={say("retireAsk")}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation(); // else it would close the article, too
        cancel();
      }}
    >
      <span>{say("retireAsk")}</span>
      <button ref={focusOnce} class="small" type="button" onClick={cancel}>
        {say("cancel")}
      </button>
      <button
        class="small danger"
        type="button"
        onClick={() => {
          asks.value = false;
          void move("retired");
        }}
      >
        {say("retireYes")}
      </button>
    </span>
  );
}

function focusOnce(button: HTMLButtonElement | null): void {
  button?.focus();
}

