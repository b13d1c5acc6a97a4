/** The narrow rail of own contacts, and below it the ways to begin a call. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { chatSide } from "../chat-side";
import type { ContactEntry } from "../contracts";
import { contacts, isLive, select, selected, serverNow_ms, stateText, unread } from "../panel";
import { steady } from "../rail";
import { clockTime, t, timeOfDay } from "../text";
import { later } from "./later";

/** Most calls come in by themselves. */
const NewCall = later(async () => (await import("./new-call")).NewCall, true);

/** Whether chats are taken, and who waits; nothing where a site has no chats. */
const ChatBar = later(async () => (await import("../chat-desk/chat-bar")).ChatBar, true);

export function Rail() {
  return (
    <aside class="rail" aria-label={t("contacts")}>
      <h2>{t("contacts")}</h2>
      {contacts.value.length === 0 ? <p class="quiet rail-empty">{t("noContacts")}</p> : <List />}
      <ChatBar />
      <NewCall />
    </aside>
  );
}

/** While the mouse is over it nothing in it moves. */
function List() {
  const isHeld = useSignal(false);
  const shown = useRef<readonly ContactEntry[]>([]);
  shown.current = steady(shown.current, contacts.value, isHeld.value);
  return (
    <ul class="rail-list" onPointerEnter={() => (isHeld.value = true)} onPointerLeave={() => (isHeld.value = false)}>
      {shown.current.map((entry) => (
        <RailEntry key={entry.contact.contact_id} entry={entry} />
      ))}
    </ul>
  );
}

function RailEntry({ entry }: { entry: ContactEntry }) {
  const { contact } = entry;
  const id = contact.contact_id;
  const Line = (contact.kind === "chat" && chatSide.value?.RailLine) || CallLine;
  return (
    <li>
      <button
        class="rail-entry"
        type="button"
        aria-current={selected.value === id ? "true" : undefined}
        onClick={() => select(id)}
      >
        <span class="rail-title">{contact.title || t("unnamed")}</span>
        <span class="rail-line">
          <Line entry={entry} />
        </span>
      </button>
    </li>
  );
}

function CallLine({ entry: { contact, summary_saved } }: { entry: ContactEntry }) {
  const count = unread.value.get(contact.contact_id) ?? 0;
  const isOver = !isLive(contact.state);
  return (
    <>
      <span class={`state state-${contact.state}`}>{stateText(contact)}</span>
      <span class="time">
        {isOver ? timeOfDay(contact.started_at_ms) : clockTime(serverNow_ms.value - contact.started_at_ms)}
      </span>
      {isOver && (
        <span class={summary_saved ? "mark" : "mark mark-open"}>{t(summary_saved ? "savedMark" : "unsaved")}</span>
      )}
      {count > 0 && <span class="mark mark-new">{t("unread", { count })}</span>}
    </>
  );
}
