/** What one should know of the figures: how old they are, whether the usual is known, whether they are real. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Board } from "../contracts";
import { t, timeOfDay } from "../text";
import { board, refresh, toldAt, trouble } from "./state";
import { say, share } from "./words";

/** The detector looks every five minutes; after three times that long it is away. */
const DETECTOR_LATE_MS = 15 * 60_000;

/**
 * The time of the figures, in the top line: when they can no longer be refreshed it says so in the same place, and
 * nothing moves. Said aloud once when it begins, not each time it goes on.
 */
export function AsOf() {
  const told = toldAt.value;
  if (told === null) return null;
  const time = timeOfDay(told, true);
  const why = trouble.value;
  return (
    <span class="as-of-place" role="status" aria-live={why ? "assertive" : "off"}>
      {why === "" ? (
        <span class="as-of" title={say("every")}>
          {say("asOf", { time })}
        </span>
      ) : (
        <>
          <span class="as-of as-of-old">
            ! {say("old", { time })}
            <span class="visually-hidden"> {why}</span>
          </span>
          <button class="small" type="button" title={why} onClick={() => void refresh()}>
            {say("retry")}
          </button>
        </>
      )}
    </span>
  );
}

/** Before there are any figures. */
export function FirstTrouble() {
  if (trouble.value === "") return <p class="quiet board-loading">{t("loading")}</p>;
  return (
    <p class="board-notice board-trouble" role="alert">
      {say("failedFirst", { why: trouble.value })}{" "}
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
