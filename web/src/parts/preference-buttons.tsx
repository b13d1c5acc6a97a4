import { type Theme, lang, theme } from "../preferences";
import { type TextKey, t } from "../text";
import { Icon } from "./icon";

const NEXT: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };
const NAMES: Record<Theme, TextKey> = { auto: "themeAuto", light: "themeLight", dark: "themeDark" };

/** Names the other language in that language. */
export function LanguageButton() {
  const other = lang.value === "ko" ? "en" : "ko";
  return (
    <button class="plain" type="button" lang={other} onClick={() => (lang.value = other)}>
      {t("language")}
    </button>
  );
}

export function ThemeButton() {
  const label = `${t("theme")}: ${t(NAMES[theme.value])}`;
  return (
    <button class="plain" type="button" title={label} onClick={() => (theme.value = NEXT[theme.value])}>
      <Icon name="theme" />
      <span class="visually-hidden">{t("theme")}: </span>
      <span class="widest-only">{t(NAMES[theme.value])}</span>
    </button>
  );
}
