/** Above the masked words of somebody else's chat: a supervisor may come in, and both sides are told. */
import { isMine, view } from "../panel";
import { hasChats, join, joined, seesAll, take } from "./desk";
import { say } from "./words";

export function Supervise() {
  const contact = view.value?.contact;
  if (!contact || !hasChats.value || !seesAll.value || isMine(contact) || contact.state === "ended") return null;
  const id = contact.contact_id;
  if (joined.value.has(id)) return null;
  return (
    <div class="supervise">
      <p class="quiet">{say("superviseNote")}</p>
      <button class="small" type="button" onClick={() => join(id, true)}>
        {say("watch")}
      </button>
      <button class="small" type="button" onClick={() => join(id, false)}>
        {say("talk")}
      </button>
      <button class="small primary" type="button" onClick={() => take(id)}>
        {say("take")}
      </button>
    </div>
  );
}
