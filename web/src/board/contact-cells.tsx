/** What a contact is called, what it is about, and the way to it. */
import type { VocContact } from "../contracts";
import { shortLabel } from "./figures";
import { type Word, say } from "./words";

const STATES: Readonly<Record<string, Word>> = {
  "call ringing": "callRinging",
  "call talking": "callTalking",
  "call held": "callHeld",
  "chat ringing": "chatRinging",
  "chat talking": "chatTalking",
  "chat held": "chatHeld",
};

export function stateText({ kind, state }: VocContact): string {
  if (state === "ended" || state === "transferred") return say(state);
  const word = STATES[`${kind} ${state}`];
  return word ? say(word) : say(kind);
}

/** `누수·단수·수질 · 마포구 합정동`; empty: nothing is known. */
export function aboutText({ topic, label, district, place, danger }: VocContact): string {
  const where = [district, place].filter((part) => part !== "").join(" ");
  const what = topic === "" ? "" : shortLabel(label);
  return [danger ? say(danger) : "", what, where].filter((part) => part !== "").join(" · ");
}

/** Opening it on the panel is written down there. */
export function OpenLink({ contact }: { contact: VocContact }) {
  if (!contact.can_open) return <span class="quiet">{say("closedContact")}</span>;
  return (
    <a
      class="open-link"
      href={`#/contact/${contact.contact_id}`}
      aria-label={say("openNamed", { title: contact.title })}
    >
      {say("open")}
    </a>
  );
}
