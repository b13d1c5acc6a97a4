import { useSignal } from "@preact/signals";
import { api, Failed } from "../http";
import { t } from "../text";
import { enter, goOn } from "../visit";
import { LanguageChoice } from "./language-choice";
import { PageTop } from "./page-top";

/** A one-time link: only this button uses it up, so that previews and scanners of messages do not. */
export function LinkPage({ token }: { token: string }) {
  const busy = useSignal(false);
  const problem = useSignal("");

  const redeem = async (): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    problem.value = "";
    try {
      enter(await api.redeem(token));
    } catch (error) {
      problem.value = error instanceof Failed ? error.sentence : t("unreachable");
    } finally {
      busy.value = false;
    }
  };

  return (
    <>
      <PageTop />
      <main class="start">
        <h1>{t("linkTitle")}</h1>
        <p>{t("linkNote")}</p>
        <LanguageChoice />
        <p class="error" role="alert">
          {problem}
        </p>
        <button class="primary wide" type="button" aria-disabled={busy.value} onClick={() => void redeem()}>
          {busy.value ? t("starting") : t("linkStart")}
        </button>
        {problem.value && (
          <button class="wide" type="button" onClick={goOn}>
            {t("linkElse")}
          </button>
        )}
      </main>
    </>
  );
}
