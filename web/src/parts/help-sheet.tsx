import { useEffect, useRef } from "preact/hooks";
import { HELP, say } from "../help";
import { isHelpOpen } from "../keys";
import { letterKeys } from "../preferences";
import { t } from "../text";
import { Icon } from "./icon";

/** A native dialog: it keeps the keyboard inside and gives it back. */
export function HelpSheet() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isHelpOpen.value) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isHelpOpen.value]);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={() => (isHelpOpen.value = false)}>
      <div class="sheet-head">
        <h2 id="help-title">{say("shortcuts")}</h2>
        <button class="icon-button" type="button" onClick={() => (isHelpOpen.value = false)}>
          <Icon name="close" />
          <span class="visually-hidden">{t("close")}</span>
        </button>
      </div>
      <dl class="keys">
        {HELP.map(({ keys, label }) => (
          <div key={label}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{say(label)}</dd>
          </div>
        ))}
      </dl>
      <p class="quiet">{say("shortcutsNote")}</p>
      <label class="check">
        <input
          type="checkbox"
          checked={letterKeys.value}
          onChange={(event) => (letterKeys.value = event.currentTarget.checked)}
        />
        {say("shortcutsOn")}
      </label>
    </dialog>
  );
}
