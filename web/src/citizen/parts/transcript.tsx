import { useSignal } from "@preact/signals";
import { Failed } from "../http";
import type { Talk } from "../talk";
import { t } from "../text";
import { asText, saveAs, stamp } from "../transcript";
import { site } from "../visit";

const ADDRESS = /^[^@\s]{1,64}@[^@\s]{1,255}$/;

/** The conversation to take along: a text file, or an e-mail where the site sends them. */
export function Transcript({ talk }: { talk: Talk }) {
  const told = useSignal("");
  const problem = useSignal("");
  const address = useSignal("");
  const busy = useSignal(false);

  const attempt = async (work: () => Promise<string>, otherwise: string): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    problem.value = told.value = "";
    try {
      told.value = await work();
    } catch (error) {
      problem.value = error instanceof Failed ? error.sentence : otherwise;
    } finally {
      busy.value = false;
    }
  };

  const save = (): Promise<void> =>
    attempt(async () => {
      const lines = await talk.all();
      const day = stamp(lines[0]?.at_ms ?? Date.now()).slice(0, 10);
      saveAs(`chat-${day}.txt`, asText(lines, `${t("product")} ${day}`));
      return "";
    }, t("saveFailed"));

  const mail = (event: Event): void => {
    event.preventDefault();
    const to = address.value.trim();
    if (!ADDRESS.test(to)) {
      problem.value = t("mailBad");
      return;
    }
    void attempt(async () => {
      await talk.signed.mail(to);
      return t("mailSent");
    }, t("unreachable"));
  };

  return (
    <section class="transcript" aria-labelledby="transcript-title">
      <h3 id="transcript-title">{t("transcript")}</h3>
      <button type="button" aria-disabled={busy.value} onClick={() => void save()}>
        {t("save")}
      </button>
      {site.value?.mail && (
        <form class="compose-row" onSubmit={mail} noValidate>
          <label class="field">
            <span>{t("mailAddress")}</span>
            <input
              type="email"
              name="email"
              autocomplete="email"
              maxLength={254}
              aria-describedby="mail-note"
              aria-invalid={problem.value === t("mailBad")}
              value={address.value}
              onInput={(event) => (address.value = event.currentTarget.value)}
            />
            <small id="mail-note">{t("mailNote")}</small>
          </label>
          <button aria-disabled={busy.value}>{t("mail")}</button>
        </form>
      )}
      <p role="status">{told}</p>
      <p class="error" role="alert">
        {problem}
      </p>
    </section>
  );
}
