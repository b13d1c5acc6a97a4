import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Talk } from "../talk";
import { t } from "../text";

/** Live typing is asked for in plain words before it begins, said while it lasts, and ended by one press. */
export function LiveSwitch({ talk }: { talk: Talk }) {
  const asks = useSignal(false);
  const on = talk.head.value?.live_typing ?? false;
  const button = useRef<HTMLButtonElement>(null);

  const turn = (to: boolean): void => {
    asks.value = false;
    talk.live(to);
    button.current?.focus();
  };

  return (
    <>
      <button
        type="button"
        role="switch"
        ref={button}
        aria-checked={on}
        aria-describedby={on ? "live-note" : undefined}
        onClick={() => (on ? turn(false) : (asks.value = !asks.value))}
      >
        {t("liveTitle")}: {t(on ? "liveYes" : "liveNo")}
      </button>
      {on && (
        <p id="live-note" class="note warn whole">
          {t("liveIsOn")}
        </p>
      )}
      {asks.value && !on && (
        <div class="ask whole" role="group" aria-labelledby="live-ask">
          <p id="live-ask">{t("liveNote")}</p>
          <div class="row">
            <button type="button" class="primary" onClick={() => turn(true)}>
              {t("liveOn")}
            </button>
            <button
              type="button"
              onClick={() => {
                asks.value = false;
                button.current?.focus();
              }}
            >
              {t("cancel")}
            </button>
          </div>
        </div>
      )}
    </>
  );
}
