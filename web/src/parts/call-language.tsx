/** Which language is spoken, how that is known, and a menu to change it during the call. */
import { useEffect, useRef } from "preact/hooks";
import { api, sentenceOf } from "../api";
import { LANGUAGES, languageOf } from "../call-language";
import type { Language } from "../contracts";
import { announcement, isLive, onEvent, patience, view } from "../panel";
import { placeAt } from "../place";
import { lang } from "../preferences";
import { t } from "../text";

const REASONS = { chosen: "languageChosen", detected: "languageDetected", default: "languageDefault" } as const;

export function CallLanguage() {
  const current = view.value;
  useAnnouncement();
  if (current?.contact.kind !== "call") return null;
  const { language, because } = languageOf(current);
  return (
    <>
      <button
        id="call-language"
        class={language === "ko" ? "small call-language" : "small call-language call-language-other"}
        type="button"
        popoverTarget="call-languages"
        disabled={!isLive(current.contact.state)}
        aria-keyshortcuts="l"
      >
        <span class="visually-hidden">{t("callLanguage")}: </span>
        {nameOf(language)}
        <span class="call-language-why">{t(REASONS[because])}</span>
      </button>
      <Menu contact_id={current.contact.contact_id} present={language} />
    </>
  );
}

function Menu({ contact_id, present }: { contact_id: string; present: Language }) {
  const menu = useRef<HTMLDivElement>(null);
  const opened = (event: { newState: string }): void => {
    const button = document.getElementById("call-language");
    if (event.newState !== "open" || !menu.current || !button) return;
    placeAt(menu.current, button.getBoundingClientRect());
    menu.current.querySelector<HTMLElement>("[aria-pressed=true]")?.focus();
  };
  return (
    <div
      ref={menu}
      id="call-languages"
      class="popup"
      popover="auto"
      role="group"
      aria-label={t("callLanguage")}
      onToggle={opened}
      onKeyDown={walk}
    >
      {LANGUAGES.map(({ language, own, ko, en }) => (
        <button
          key={language}
          class="popup-choice"
          type="button"
          aria-pressed={language === present}
          onClick={() => {
            menu.current?.hidePopover();
            void choose(contact_id, language);
          }}
        >
          <span lang={language}>{own}</span>
          {own !== (lang.value === "ko" ? ko : en) && <span class="quiet">{lang.value === "ko" ? ko : en}</span>}
        </button>
      ))}
    </div>
  );
}

/** Arrows walk through the menu; Escape closes it and means nothing else. */
function walk(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  if (event.key === "Escape") event.stopPropagation();
  const steps = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (steps === undefined) return;
  event.preventDefault();
  const choices = [...event.currentTarget.querySelectorAll("button")];
  choices[choices.findIndex((each) => each === document.activeElement) + steps]?.focus();
}

async function choose(contact_id: string, language: Language): Promise<void> {
  try {
    await patience.keep(`language ${contact_id}`, () => api.setLanguage(contact_id, { language }));
  } catch (error) {
    announcement.value = sentenceOf(error);
  }
}

function nameOf(language: Language): string {
  const { ko, en } = LANGUAGES.find((each) => each.language === language)!;
  return lang.value === "ko" ? ko : en;
}

/** Another language than Korean is told once to those who do not see the button change. */
function useAnnouncement(): void {
  useEffect(
    () =>
      onEvent((event) => {
        if (event.type !== "language.detected" || event.language === "ko") return;
        if (event.contact_id !== view.peek()?.contact.contact_id) return;
        announcement.value = t("languageHeard", { language: nameOf(event.language) });
      }),
    [],
  );
}
