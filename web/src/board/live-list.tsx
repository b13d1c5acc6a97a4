/** Calls and chats of now. Rows keep their places while somebody is at them; new ones wait behind a line. */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { VocContact } from "../contracts";
import { waitText } from "./figures";
import { aboutText, OpenLink, stateText } from "./contact-cells";
import { EMPTY, type Shown, steady } from "./steady";
import { useHeld } from "./use-held";
import { say } from "./words";

interface LiveListProps {
  contacts: readonly VocContact[];
  more: number;
  /** The server's time of these. */
  at_ms: number;
}

export function LiveList({ contacts, more, at_ms }: LiveListProps) {
  const held = useHeld();
  const before = useRef<Shown<VocContact>>(EMPTY);
  const shown = steady(before.current, contacts, held.isHeld, (row) => row.contact_id);
  useLayoutEffect(() => {
    before.current = shown;
  });
  const frame = useRef<HTMLDivElement>(null);
  return (
    <section class="live" aria-labelledby="live-title" {...held.on}>
      <div class="part-head">
        <h2 id="live-title">{say("liveList")}</h2>
        <span class="quiet live-note">{say("openNote")}</span>
        {shown.waiting > 0 && (
          <button
            class="small primary"
            type="button"
            onClick={() => {
              held.letIn();
              requestAnimationFrame(() => frame.current?.focus());
            }}
          >
            {say("liveNew", { count: shown.waiting })}
          </button>
        )}
      </div>
      {shown.rows.length === 0 ? (
        <p class="quiet">{say("liveNone")}</p>
      ) : (
        <div ref={frame} class="board-frame" tabIndex={0} role="group" aria-labelledby="live-title">
          <table class="board-table live-table">
            <thead>
              <tr>
                <th scope="col">{say("state")}</th>
                <th scope="col" class="count">
                  {say("since")}
                </th>
                <th scope="col">{say("who")}</th>
                <th scope="col">{say("about")}</th>
                <th scope="col">{say("open")}</th>
              </tr>
            </thead>
            <tbody>
              {shown.rows.map((row) => (
                <LiveRow key={row.contact_id} row={row} at_ms={at_ms} isGone={shown.gone.has(row.contact_id)} />
              ))}
            </tbody>
          </table>
          {more > 0 && <p class="quiet live-more">{say("liveMore", { count: more })}</p>}
        </div>
      )}
    </section>
  );
}

function LiveRow({ row, at_ms, isGone }: { row: VocContact; at_ms: number; isGone: boolean }) {
  const about = aboutText(row);
  return (
    <tr class={isGone ? "gone" : undefined}>
      <td>
        <span class={`live-state live-${isGone ? "ended" : row.state}`}>{isGone ? say("ended") : stateText(row)}</span>
      </td>
      <td class="count time">{isGone ? "–" : waitText((at_ms - row.started_at_ms) / 1000)}</td>
      <th scope="row">
        <span class="live-title">{row.title}</span>
        {row.urgent && <span class="chip chip-warn">{say("urgent")}</span>}
        {row.simulated && <span class="chip">{say("simulated")}</span>}
      </th>
      <td class="live-about" title={about}>
        {about || <span class="quiet">{say("notKnown")}</span>}
      </td>
      <td>
        <OpenLink contact={row} />
      </td>
    </tr>
  );
}
