/** The language of a call: what was detected, what the agent chose. */
import type { ContactView, Language } from "./contracts";

/** Each by its own name and in Korean and English, Korean first. */
export const LANGUAGES: readonly { language: Language; own: string; ko: string; en: string }[] = [
  { language: "ko", own: "한국어", ko: "한국어", en: "Korean" },
  { language: "en", own: "English", ko: "영어", en: "English" },
  { language: "zh", own: "中文", ko: "중국어", en: "Chinese" },
  { language: "ja", own: "日本語", ko: "일본어", en: "Japanese" },
  { language: "vi", own: "Tiếng Việt", ko: "베트남어", en: "Vietnamese" },
  { language: "mn", own: "Монгол", ko: "몽골어", en: "Mongolian" },
];

export interface CallLanguage {
  language: Language;
  because: "chosen" | "detected" | "default";
}

/** What is spoken now: a person's word stands above what was heard. With neither, Korean. */
export function languageOf({ chosen, detected }: ContactView): CallLanguage {
  if (chosen) return { language: chosen.language, because: "chosen" };
  if (detected) return { language: detected.language, because: "detected" };
  return { language: "ko", because: "default" };
}
