import { useSignal } from "@preact/signals";
import { Failed } from "../http";
import { flashes, large, shakes } from "../preferences";
import { canPush, pushed, startPush, stopPush } from "../push";
import type { Talk } from "../talk";
import { t } from "../text";
import { site } from "../visit";
import { LanguageChoice } from "./language-choice";
import { Sheet } from "./sheet";
import { Transcript } from "./transcript";

/** How the page looks and calls; the conversation to keep; the end of it. */
export function MenuSheet({ talk, onClose }: { talk: Talk; onClose: () => void }) {
  return (
    <Sheet title={t("menu")} onClose={onClose}>
      <section aria-labelledby="settings-title">
        <h3 id="settings-title">{t("settings")}</h3>
        <Choice label={t("largeType")} value={large} />
        <Choice label={t("flashOn")} value={flashes} />
        {"vibrate" in navigator && <Choice label={t("shakeOn")} value={shakes} />}
        <LanguageChoice />
        <Push talk={talk} />
      </section>
      <Transcript talk={talk} />
      {talk.head.value && talk.head.value.state !== "ended" && <EndButton talk={talk} onClose={onClose} />}
    </Sheet>
  );
}

function Choice({ label, value }: { label: string; value: typeof large }) {
  return (
    <label class="check">
      <input type="checkbox" checked={value.value} onChange={(event) => (value.value = event.currentTarget.checked)} />
      {label}
    </label>
  );
}

function Push({ talk }: { talk: Talk }) {
  const told = useSignal("");
  const busy = useSignal(false);
  const key = site.value?.push_key ?? "";
  if (!key || !canPush()) return null;
  const turn = async (): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    try {
      if (pushed.value) {
        await stopPush(talk.signed);
        told.value = t("pushIsOff");
      } else {
        told.value = (await startPush(key, talk.signed)) ? t("pushIsOn") : t("pushDenied");
      }
    } catch (error) {
      told.value = error instanceof Failed ? error.sentence : t("pushDenied");
    } finally {
      busy.value = false;
    }
  };
  return (
    <>
      <button type="button" aria-disabled={busy.value} onClick={() => void turn()}>
        {pushed.value ? t("pushOff") : t("pushOn")}
      </button>
      <p role="status">{told}</p>
    </>
  );
}

/** Asked once more: an end cannot be taken back. */
function EndButton({ talk, onClose }: { talk: Talk; onClose: () => void }) {
  const sure = useSignal(false);
  return (
    <section class="ending">
      <button
        type="button"
        class="danger"
        onClick={() => {
          if (!sure.value) sure.value = true;
          else {
            talk.submit({ kind: "ended" });
            onClose();
          }
        }}
      >
        {sure.value ? `${t("endSure")} ${t("endYes")}` : t("end")}
      </button>
      {sure.value && (
        <button type="button" onClick={() => (sure.value = false)}>
          {t("cancel")}
        </button>
      )}
    </section>
  );
}
