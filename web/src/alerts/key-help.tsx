/** The keys of an alert, folded up until somebody wants to know them; here they can be switched off, too. */
import { say as help } from "../help";
import { letterKeys } from "../preferences";
import { ACT_KEYS } from "./act-bar";
import { type Word, say } from "./words";

const KEYS: readonly { keys: readonly string[]; word: Word }[] = [
  { keys: [ACT_KEYS.acknowledged], word: "acknowledge" },
  { keys: [ACT_KEYS.assigned], word: "assign" },
  { keys: [ACT_KEYS.acted], word: "act" },
  { keys: [ACT_KEYS.noted], word: "note" },
  { keys: [ACT_KEYS.muted], word: "mute" },
  { keys: [ACT_KEYS.closed], word: "close" },
  { keys: [ACT_KEYS.reopened], word: "reopen" },
  { keys: ["[", "]"], word: "keyNeighbour" },
  { keys: ["Ctrl+Enter"], word: "keySend" },
  { keys: ["Esc"], word: "keyEscape" },
];

export function KeyHelp() {
  return (
    <details class="alert-keys">
      <summary>{say("keys")}</summary>
      <dl class="keys">
        {KEYS.map(({ keys, word }) => (
          <div key={word}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{say(word)}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={letterKeys.value}
          onChange={(event) => (letterKeys.value = event.currentTarget.checked)}
        />
        {help("shortcutsOn")}
      </label>
    </details>
  );
}
