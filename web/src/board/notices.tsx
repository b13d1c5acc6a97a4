/** What one should know of the figures: how old they are, whether the usual is known, whether they are real. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Board } from "../contracts";
import { timeOfDay } from "../text";
import { board, refresh, toldAt, trouble } from "./state";
import { say, share } from "./words";

/** The detector looks every five minutes; after three times that long it is away. */
const DETECTOR_LATE_MS = 15 * 60_000;

/** Small and always there: the time of the figures. */
export function AsOf() {
  const told = toldAt.value;
  return (
    <span class="as-of" title={say("every")}>
      {told === null ? "" : say("asOf", { time: timeOfDay(told, true) })}
    </span>
  );
}

/** Said aloud once when it begins, not each time it goes on. */
export function RefreshTrouble() {
  if (trouble.value === "") return null;
  const told = toldAt.value;
  const why = trouble.value;
  return (
    <p class="board-notice board-trouble" role="alert">
      {told === null ? say("failedFirst", { why }) : say("failed", { time: timeOfDay(told, true), why })}{" "}
      <button class="plain" type="button" onClick={() => void refresh()}>
        {say("retry")}
      </button>
    </p>
  );
}

export function Learning({ board: { learning } }: { board: Board }) {
  if (!learning) return null;
  const { weeks, weeks_needed } = learning;
  return <p class="board-notice board-learning">{say("learning", { weeks: oneDigit(weeks), needed: oneDigit(weeks_needed) })}</p>;
}

/** Nothing simulated is ever taken for real. */
export function SimulatedMark({ board: { simulated_share } }: { board: Board }) {
  if (simulated_share === 0) return null;
  return (
    <span class="chip chip-warn" title={say("simulatedHint")}>
      {say("simulatedShare", { share: share(simulated_share) })}
    </span>
  );
}

/** Alerts that nobody looks for would be taken for none. */
export function DetectorMark() {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  const told = board.value;
  if (!told) return null;
  const at = told.detector_at_ms;
  if (at === null) return <span class="detector quiet">{say("detectorNever")}</span>;
  if (told.at_ms - at > DETECTOR_LATE_MS) {
    return <span class="detector detector-late">! {say("detectorLate", { time: timeOfDay(at) })}</span>;
  }
  return <span class="detector quiet">{say("detector", { time: timeOfDay(at) })}</span>;
}

function oneDigit(value: number): string {
  return String(Math.round(value * 10) / 10);
}
