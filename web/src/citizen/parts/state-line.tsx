import { signal } from "@preact/signals";
import type { Talk } from "../talk";
import { t } from "../text";

const isOffline = signal(typeof navigator !== "undefined" && navigator.onLine === false);
addEventListener("online", () => (isOffline.value = false));
addEventListener("offline", () => (isOffline.value = true));

/** Where things stand, in one plain sentence or two: the line, the queue, who is there. */
export function StateLine({ talk }: { talk: Talk }) {
  const trouble = troubleOf(talk);
  return (
    <div class={trouble ? "state warn" : "state"}>
      <p role="status">{trouble || stateOf(talk)}</p>
      {!trouble && <p class="expected">{expected(talk)}</p>}
    </div>
  );
}

function troubleOf(talk: Talk): string {
  if (talk.isOnline.value) return "";
  if (isOffline.value) return t("linkOffline");
  return talk.wasOnline.value ? t("linkWaiting") : t("linkConnecting");
}

function stateOf(talk: Talk): string {
  const head = talk.head.value;
  if (!head) return t("loading");
  switch (head.state) {
    case "waiting":
      return placed(talk);
    case "serving":
      return head.agent?.name ? t("serving", { name: head.agent.name }) : t("servingNoName");
    case "resting":
      return t("resting");
    case "ended":
      return head.blocked ? t("blocked") : head.solved_by === "self" ? t("endedSelf") : t("ended");
  }
}

function placed(talk: Talk): string {
  const place = talk.chat.place.value;
  if (!place) return t("waitingPlain");
  if (!place.is_open) return t("closedNow");
  return place.position <= 1 ? t("placeNext") : t("placeBehind", { count: place.position - 1 });
}

/** Beside the status, which is read aloud: this changes more often. */
function expected(talk: Talk): string {
  const place = talk.chat.place.value;
  if (talk.head.value?.state !== "waiting") return "";
  if (!place?.is_open) return place ? "" : t("waitingWrite");
  if (place.expected_s === null) return `${t("expectUnknown")} ${t("waitingWrite")}`;
  if (place.expected_s < 60) return t("expectUnder");
  return `${t("expectMinutes", { minutes: Math.ceil(place.expected_s / 60) })} ${t("waitingWrite")}`;
}
