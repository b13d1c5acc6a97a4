/** The centre now: figures with words beside them. */
import type { LiveNumbers } from "../contracts";
import { waitText } from "./figures";
import { figure, say, share } from "./words";

/** Whoever waits longer is marked. */
const LONG_S = 60;

export function Numbers({ live }: { live: LiveNumbers }) {
  const wait = live.longest_wait_s;
  const isLong = wait !== null && wait > LONG_S;
  return (
    <section class="numbers" aria-labelledby="numbers-title">
      <h2 id="numbers-title" class="visually-hidden">
        {say("now")}
      </h2>
      <dl>
        <Number name={say("callsWaiting")} value={figure(live.calls_waiting)} note={waits(live.calls_waiting)} />
        <Number name={say("callsTalking")} value={figure(live.calls_talking)} note={say("heldToo")} />
        <Number name={say("chatsWaiting")} value={figure(live.chats_waiting)} note={waits(live.chats_waiting)} />
        <Number name={say("chatsTalking")} value={figure(live.chats_talking)} note={say("withAgents")} />
        <Number
          name={say("longestWait")}
          value={wait === null ? say("nobody") : waitText(wait)}
          note={wait === null ? say("nobodyWaits") : say(isLong ? "waitLong" : "waitShort")}
          isMarked={isLong}
        />
        <Number
          name={say("contactsToday")}
          value={figure(live.contacts_today)}
          note={live.usual_today === null ? say("usualUnknown") : say("usualToday", { count: figure(live.usual_today) })}
        />
        <Number
          name={say("finalDelay")}
          value={live.final_p95_ms === null ? "–" : say("secondsValue", { value: seconds(live.final_p95_ms) })}
          note={live.final_p50_ms === null ? say("delayNone") : say("delayNote", { p50: seconds(live.final_p50_ms) })}
          hint={say("delayHint")}
        />
        <Number
          name={say("complaints")}
          value={live.complaints_share === null ? "–" : share(live.complaints_share)}
          note={say("lastHour")}
        />
      </dl>
    </section>
  );
}

interface NumberProps {
  name: string;
  value: string;
  note: string;
  hint?: string;
  isMarked?: boolean;
}

function Number({ name, value, note, hint, isMarked = false }: NumberProps) {
  return (
    <div class={isMarked ? "number number-marked" : "number"} title={hint}>
      <dt>{name}</dt>
      <dd class="number-value">
        {isMarked && <span aria-hidden="true">! </span>}
        {value}
      </dd>
      <dd class="number-note">{note}</dd>
    </div>
  );
}

function waits(count: number): string {
  return say(count > 0 ? "peopleWait" : "nobodyWaits");
}

function seconds(value_ms: number): string {
  return (value_ms / 1000).toFixed(1);
}
