/** Guides from a file: how far the upload is, and which rows were not taken. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { sentenceOf } from "../api";
import type { GuideImport } from "../contracts";
import { staff } from "../session";
import { calls } from "./calls";
import { refresh } from "./shelf";
import { say } from "./words";

type State =
  | { kind: "idle" }
  | { kind: "sending"; part: number }
  | { kind: "done"; result: GuideImport }
  | { kind: "failed"; message: string };

export function ImportBox() {
  const state = useSignal<State>({ kind: "idle" });
  const input = useRef<HTMLInputElement>(null);
  const send = async (file: File): Promise<void> => {
    state.value = { kind: "sending", part: 0 };
    try {
      const result = await calls.importFile(file, (part) => (state.value = { kind: "sending", part }));
      state.value = { kind: "done", result };
      refresh();
    } catch (error) {
      state.value = { kind: "failed", message: sentenceOf(error) };
    }
  };
  const isBusy = state.value.kind === "sending";
  return (
    <section class="import" aria-labelledby="import-title">
      <h3 id="import-title">{say("importTitle")}</h3>
      <p class="quiet">{say("importNote")}</p>
      <input
        ref={input}
        class="visually-hidden"
        type="file"
        tabIndex={-1}
        aria-label={say("chooseFile")}
        accept=".csv,.jsonl,.md,.html,.htm"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          currentTarget.value = ""; // the same file may be chosen again
          if (file) void send(file);
        }}
      />
      <button type="button" aria-disabled={isBusy} onClick={() => !isBusy && input.current?.click()}>
        {say("chooseFile")}
      </button>
      <ImportState state={state.value} />
    </section>
  );
}

function ImportState({ state }: { state: State }) {
  switch (state.kind) {
    case "idle":
      return <p role="status" />;
    case "failed":
      return (
        <p class="error" role="alert">
          {say("importFailed", { message: state.message })}
        </p>
      );
    case "sending": {
      const percent = Math.round(state.part * 100);
      const text = percent < 100 ? say("importing", { percent }) : say("importReading");
      return (
        <p role="status">
          <progress max={100} value={percent} aria-label={text} /> {text}
        </p>
      );
    }
    case "done": {
      const { accepted, changed, refused, refused_count } = state.result;
      // What an admin brings is published; what others bring is read by somebody first.
      const words = staff.value?.role === "admin" ? "imported" : "importedForReview";
      return (
        <>
          <p role="status">{say(words, { accepted, changed })}</p>
          {refused_count > 0 && (
            <>
              <h4>{say("importRefused", { count: refused_count })}</h4>
              <ul class="import-refused">
                {refused.map((sentence, at) => (
                  <li key={at}>{sentence}</li>
                ))}
                {refused_count > refused.length && <li>{say("importMore", { count: refused_count - refused.length })}</li>}
              </ul>
            </>
          )}
        </>
      );
    }
  }
}
