import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Talk } from "../talk";
import { t, type TextKey } from "../text";
import { leave } from "../visit";
import { Transcript } from "./transcript";

const SCORES: readonly [number, TextKey][] = [
  [1, "rate1"],
  [2, "rate2"],
  [3, "rate3"],
  [4, "rate4"],
  [5, "rate5"],
];
const COMMENT_LENGTH = 500;

/** After the chat: how it was, what of it to keep, and another one. */
export function EndBox({ talk }: { talk: Talk }) {
  const title = useRef<HTMLHeadingElement>(null);
  const erases = useSignal(false);
  useEffect(() => {
    // Who was in the field, which is gone now.
    if (document.activeElement === document.body) title.current?.focus({ preventScroll: true });
  }, []);
  const head = talk.head.value;
  return (
    <section class="end" aria-labelledby="end-title">
      <h2 id="end-title" tabIndex={-1} ref={title}>
        {t("ended")}
      </h2>
      {head && !head.blocked && (head.rating === null ? <Rating talk={talk} /> : <p role="status">{t("rateThanks")}</p>)}
      <Transcript talk={talk} />
      <div class="row">
        <button type="button" class="primary" onClick={() => leave(false)}>
          {t("fresh")}
        </button>
        <button type="button" onClick={() => (erases.value ? leave(true) : (erases.value = true))}>
          {erases.value ? `${t("erase")}: ${t("endYes")}` : t("erase")}
        </button>
      </div>
      {erases.value && <p role="status">{t("eraseNote")}</p>}
    </section>
  );
}

function Rating({ talk }: { talk: Talk }) {
  const score = useSignal(0);
  const comment = useSignal("");
  const problem = useSignal("");
  const send = (event: Event): void => {
    event.preventDefault();
    if (!score.value) problem.value = t("rateMissing");
    else talk.submit({ kind: "rated", score: score.value, comment: comment.value.trim() });
  };
  const isSent = talk.pending.value.some((one) => one.body.kind === "rated" && !one.refusal);
  return (
    <form class="rating" onSubmit={send}>
      <fieldset>
        <legend>{t("rateTitle")}</legend>
        <div class="choices">
          {SCORES.map(([value, key]) => (
            <label class="choice" key={value}>
              <input
                type="radio"
                name="score"
                value={value}
                checked={score.value === value}
                onChange={() => {
                  score.value = value;
                  problem.value = "";
                }}
              />
              <span>
                {value} · {t(key)}
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <label class="field">
        <span>{t("rateComment")}</span>
        <textarea
          rows={2}
          maxLength={COMMENT_LENGTH}
          value={comment.value}
          onInput={(event) => (comment.value = event.currentTarget.value)}
        />
      </label>
      <p class="error" role="alert">
        {problem}
      </p>
      <button class="wide" aria-disabled={isSent}>
        {isSent ? t("pending") : t("rateSend")}
      </button>
    </form>
  );
}
