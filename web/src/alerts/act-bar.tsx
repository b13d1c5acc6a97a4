/** The buttons of an alert, and the form of the one that was pressed: in place, nothing is covered. */
import { lang } from "../preferences";
import { type Act, actsOf } from "./deeds";
import { ActForm } from "./act-form";
import { begin, busy, head, now, typed } from "./desk";
import { type Word, say } from "./words";

const WORDS = {
  acknowledged: "acknowledge",
  assigned: "assign",
  acted: "act",
  noted: "note",
  muted: "mute",
  unmuted: "unmute",
  closed: "close",
  reopened: "reopen",
} as const satisfies Record<Act, Word>;

export const ACT_KEYS: Readonly<Record<Act, string>> = {
  acknowledged: "a",
  assigned: "s",
  acted: "d",
  noted: "n",
  muted: "m",
  unmuted: "m",
  closed: "c",
  reopened: "r",
};

export function nameOfAct(act: Act): string {
  return say(act === "assigned" && head.value?.assigned_at_ms !== null ? "reassign" : WORDS[act]);
}

export function ActBar() {
  const acts = actsOf(head.value!, now.value);
  const first = acts[0];
  const open = typed.value.open;
  return (
    <section class="alert-acts" aria-label={say("acts")} lang={lang.value}>
      <div class="act-buttons">
        {acts.map((act) => (
          <button
            key={act}
            id={`act-${act}`}
            class={act === first ? "primary" : ""}
            type="button"
            aria-expanded={isUnfolding(act) ? open === act : undefined}
            aria-controls={open === act ? "act-form" : undefined}
            aria-disabled={busy.value === act}
            aria-keyshortcuts={ACT_KEYS[act]}
            onClick={() => begin(act)}
          >
            {busy.value === act && !isUnfolding(act) ? say("sending") : nameOfAct(act)} <kbd aria-hidden="true">{ACT_KEYS[act]}</kbd>
          </button>
        ))}
      </div>
      {open && <ActForm form={open} />}
    </section>
  );
}

function isUnfolding(act: Act): boolean {
  return act !== "acknowledged" && act !== "reopened" && act !== "unmuted";
}
