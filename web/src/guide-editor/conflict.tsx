/** Two people wrote at the same time: both texts are shown, and one of them chooses. Nothing is lost until then. */
import { timeOfDay } from "../text";
import { keepMine, takeTheirs } from "./desk";
import { Differences } from "./differences";
import type { Draft } from "./draft";
import { say } from "./words";

export function Conflict({ draft: { newer, text } }: { draft: Draft }) {
  return (
    <section class="conflict" aria-labelledby="conflict-title">
      <div role="alert">
        <h3 id="conflict-title">{say("conflict")}</h3>
      </div>
      <p>{newer ? say("conflictBy", { author: newer.author, time: timeOfDay(newer.at_ms) }) : say("conflictGone")}</p>
      <div class="step-acts">
        <button class="primary" type="button" onClick={() => void keepMine()}>
          {say("keepMine")}
        </button>
        <button type="button" onClick={() => void takeTheirs()}>
          {say("takeTheirs")}
        </button>
      </div>
      {newer && (
        <>
          <p class="legend">
            <del>{say("theirs")}</del> → <ins>{say("mine")}</ins>
          </p>
          <Differences from={newer.text} to={text} label={`${say("theirs")} → ${say("mine")}`} />
        </>
      )}
    </section>
  );
}
