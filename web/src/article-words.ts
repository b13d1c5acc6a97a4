/** What stands around a whole guide: fetched with it. */
import { speaker } from "./text";

const WORDS = {
  validFrom: ["{date}부터", "From {date}"],
  askToFix: ["고쳐 주세요", "Please correct this"],
  fixAsked: ["고쳐 달라고 알렸습니다", "The editors will see it"],
  editGuide: ["편집", "Edit"],
  articleFailed: ["원문을 불러오지 못했습니다", "The article could not be loaded"],
  source: ["출처", "Source"],
  checked: ["{date} 확인", "Checked {date}"],
  keywords: ["열쇳말", "Keywords"],
} as const satisfies Record<string, readonly [string, string]>;

export const say = speaker<keyof typeof WORDS>(WORDS);
