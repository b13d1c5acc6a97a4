import { lang, type Lang } from "../preferences";

const NAMES: readonly [Lang, string][] = [
  ["ko", "한국어"],
  ["en", "English"],
];

/** Each in its own words: whoever needs it reads no other. */
export function LanguageChoice() {
  return (
    <div class="row" role="group" aria-label="언어 / Language">
      {NAMES.map(([code, name]) => (
        <button type="button" lang={code} aria-pressed={lang.value === code} onClick={() => (lang.value = code)}>
          {name}
        </button>
      ))}
    </div>
  );
}
