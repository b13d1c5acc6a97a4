/** How many false alarms a week a supervisor accepts, in each lane, beside how many alerts there were. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { sentenceOf } from "../api";
import type { VocRulesView } from "../contracts";
import { Told } from "../parts/told";
import { calls } from "./calls";
import { figure } from "./times";
import { type Word, say } from "./words";

const LEAST = 0.5;
const MOST = 100;

export function Budget() {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus({ preventScroll: true }), []);
  return (
    <section class="alert-detail alert-budget" aria-labelledby="budget-title">
      <a class="alert-back" href="#/board">
        ← {say("back")}
      </a>
      <h2 id="budget-title" ref={title} tabIndex={-1}>
        {say("rulesTitle")}
      </h2>
      <Told about="rules" ask={calls.rules}>
        {(told) => <BudgetForm told={told} />}
      </Told>
    </section>
  );
}

function BudgetForm({ told }: { told: VocRulesView }) {
  const known = useSignal(told);
  const usual = useSignal(String(told.rules.budget));
  const safety = useSignal(String(told.rules.safety_budget));
  const isTried = useSignal(false);
  const isBusy = useSignal(false);
  const isSaved = useSignal(false);
  const trouble = useSignal("");
  const save = async (): Promise<void> => {
    isTried.value = true;
    isSaved.value = false;
    const [budget, safety_budget] = [numberIn(usual.value), numberIn(safety.value)];
    if (budget === null || safety_budget === null) {
      document.getElementById(budget === null ? "budget-usual" : "budget-safety")?.focus();
      return;
    }
    if (isBusy.value) return;
    isBusy.value = true;
    trouble.value = "";
    try {
      known.value = await calls.setRules({ budget, safety_budget });
      isSaved.value = true;
    } catch (error) {
      trouble.value = say("failed", { message: sentenceOf(error) });
    } finally {
      isBusy.value = false;
    }
  };
  const { alarms, safety_alarms, false_alarms, held_back } = known.value;
  const isWrong = (text: string): boolean => isTried.value && numberIn(text) === null;
  return (
    <form
      class="budget-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <p class="budget-ask">{say("rulesAsk")}</p>
      <div class="budget-lanes">
        <Lane id="budget-usual" name="usualLane" note="usualLaneNote" value={usual} rate={alarms} isWrong={isWrong(usual.value)} />
        <Lane id="budget-safety" name="safetyLane" note="safetyLaneNote" value={safety} rate={safety_alarms} isWrong={isWrong(safety.value)} />
      </div>
      <p>{say("falseRate", { count: figure(false_alarms) })}</p>
      {held_back > 0 && <p>{say("heldBack", { count: figure(held_back) })}</p>}
      <p class="quiet">{say("rulesNote")}</p>
      {trouble.value && (
        <p class="error" role="alert">
          {trouble.value}
        </p>
      )}
      <div class="act-foot">
        <button class="primary" type="submit" aria-disabled={isBusy.value}>
          {say(isBusy.value ? "sending" : "save")}
        </button>
        <span role="status">{isSaved.value ? say("saved") : ""}</span>
      </div>
    </form>
  );
}

function numberIn(text: string): number | null {
  const value = text.trim() === "" ? NaN : Number(text);
  return value >= LEAST && value <= MOST ? value : null;
}

interface LaneProps {
  id: string;
  name: Word;
  note: Word;
  value: { value: string };
  rate: number;
  isWrong: boolean;
}

function Lane({ id, name, note, value, rate, isWrong }: LaneProps) {
  return (
    <div class="budget-lane">
      <label for={id}>{say(name)}</label>
      <p class="quiet">{say(note)}</p>
      <div class="budget-number">
        <input
          id={id}
          type="number"
          inputMode="decimal"
          min={LEAST}
          max={MOST}
          step="0.5"
          value={value.value}
          aria-describedby={`${id}-about`}
          aria-invalid={isWrong}
          onInput={(event) => (value.value = event.currentTarget.value)}
        />
        <span>{say("perWeek")}</span>
      </div>
      <p id={`${id}-about`} class={isWrong ? "act-about error" : "act-about"}>
        {isWrong ? say("badBudget") : say("rate", { count: figure(rate) })}
      </p>
    </div>
  );
}
