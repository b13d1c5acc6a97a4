import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { newId } from "../../chat/words";
import { isFramed } from "../frame";
import { api, Failed } from "../http";
import { lang, large } from "../preferences";
import { said, t } from "../text";
import { earlierKey, enter, site } from "../visit";
import { LanguageChoice } from "./language-choice";
import { PageTop } from "./page-top";

const NAME_LENGTH = 40;

/** Before a chat: what it is about, what to be called, and what is kept of it. */
export function StartPage({ isReturn }: { isReturn: boolean }) {
  const skill = useSignal("");
  const nickname = useSignal("");
  const busy = useSignal(false);
  /** Pressed again because the answer was lost, it is the same chat. */
  const attempt = useRef(newId());
  const problem = useSignal("");
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (isReturn) title.current?.focus();
  }, []);

  const start = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    problem.value = "";
    try {
      enter(
        await api.start({
          channel: isFramed ? "widget" : "web",
          language: lang.value,
          skill: skill.value,
          nickname: nickname.value.trim(),
          key: earlierKey(),
          attempt: attempt.current,
        }),
      );
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
        <h1 tabIndex={-1} ref={title}>
          {t("startTitle")}
        </h1>
        <p>{t("startNote")}</p>
        <Hours />
        <form onSubmit={(event) => void start(event)}>
          <Topics chosen={skill.value} choose={(one) => (skill.value = one)} />
          <label class="field">
            <span>{t("nickname")}</span>
            <input
              name="nickname"
              maxLength={NAME_LENGTH}
              autocomplete="off"
              aria-describedby="nickname-hint"
              value={nickname.value}
              onInput={(event) => (nickname.value = event.currentTarget.value)}
            />
            <small id="nickname-hint">{t("nicknameHint")}</small>
          </label>
          <div class="field">
            <span aria-hidden="true">{t("language")}</span>
            <LanguageChoice />
          </div>
          <label class="check">
            <input
              type="checkbox"
              checked={large.value}
              onChange={(event) => (large.value = event.currentTarget.checked)}
            />
            {t("largeType")}
          </label>
          <KeptNote />
          <p class="error" role="alert">
            {problem}
          </p>
          <button class="primary wide" aria-disabled={busy.value}>
            {busy.value ? t("starting") : t("start")}
          </button>
        </form>
      </main>
    </>
  );
}

function Hours() {
  const known = site.value;
  if (!known) return null;
  return (
    <p class={known.is_open ? "note ok" : "note warn"}>
      <strong>{known.is_open ? t("hoursOpen") : t("hoursClosed")}</strong>{" "}
      {t("hours", { hours: said({ ko: known.hours_ko, en: known.hours_en }) })}
    </p>
  );
}

function Topics({ chosen, choose }: { chosen: string; choose: (skill: string) => void }) {
  const topics = site.value?.topics ?? [];
  if (!topics.length) return null;
  const all = [...topics.filter((topic) => topic.skill), { skill: "", ko: t("topicAny"), en: t("topicAny") }];
  return (
    <fieldset>
      <legend>{t("topicQuestion")}</legend>
      <div class="choices">
        {all.map((topic) => (
          <label class="choice" key={topic.skill}>
            <input
              type="radio"
              name="topic"
              value={topic.skill}
              checked={chosen === topic.skill}
              onChange={() => choose(topic.skill)}
            />
            <span>{said(topic)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function KeptNote() {
  return (
    <section class="kept" aria-labelledby="kept-title">
      <h2 id="kept-title">{t("keptTitle")}</h2>
      <ul>
        {(["keptWho", "keptHow", "keptWhat", "keptHere"] as const).map((key) => (
          <li key={key}>{t(key)}</li>
        ))}
      </ul>
    </section>
  );
}
