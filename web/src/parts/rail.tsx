/** The narrow rail of own contacts, and below it the ways to begin a call. */
import type { ContactEntry } from "../contracts";
import { contacts, isLive, select, selected, serverNow_ms, unread } from "../panel";
import { clockTime, t, timeOfDay } from "../text";
import { later } from "./later";

/** Most calls come in by themselves. */
const NewCall = later(async () => (await import("./new-call")).NewCall, true);

export function Rail() {
  return (
    <aside class="rail" aria-label={t("contacts")}>
      <h2>{t("contacts")}</h2>
      {contacts.value.length === 0 ? (
        <p class="quiet rail-empty">{t("noContacts")}</p>
      ) : (
        <ul class="rail-list">
          {contacts.value.map((entry) => (
            <RailEntry key={entry.contact.contact_id} entry={entry} />
          ))}
        </ul>
      )}
      <NewCall />
    </aside>
  );
}

function RailEntry({ entry }: { entry: ContactEntry }) {
  const { contact, summary_saved } = entry;
  const id = contact.contact_id;
  const count = unread.value.get(id) ?? 0;
  const isOver = !isLive(contact.state);
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
          <span class={`state state-${contact.state}`}>{t(contact.state)}</span>
          <span class="time">
            {isOver ? timeOfDay(contact.started_at_ms) : clockTime(serverNow_ms.value - contact.started_at_ms)}
          </span>
          {isOver && (
            <span class={summary_saved ? "mark" : "mark mark-open"}>{t(summary_saved ? "savedMark" : "unsaved")}</span>
          )}
          {count > 0 && <span class="mark mark-new">{t("unread", { count })}</span>}
        </span>
      </button>
    </li>
  );
}
