/** The text as agents will meet it: on a card, passage by passage, and as the whole article. */
import { useSignal } from "@preact/signals";
import type { GuideText, Snippet } from "../contracts";
import { CardFacts } from "../parts/card-facts";
import { Markdown } from "../parts/markdown";
import { serverNow_ms } from "../panel";
import { t } from "../text";
import { dayOf } from "../validity";
import { draft } from "./desk";
import { sectionsOf } from "./sections";
import { say } from "./words";

export function Preview() {
  const text = draft.value?.text;
  if (!text) return null;
  return (
    <div class="preview">
      <h3>{say("asCard")}</h3>
      <CardPreview text={text} />
      <h3>{say("asArticle")}</h3>
      <div class="preview-article" tabIndex={0} role="group" aria-label={say("asArticle")}>
        {text.body.trim() ? <Markdown text={text.body} /> : <p class="quiet">{say("emptyBody")}</p>}
      </div>
    </div>
  );
}

function CardPreview({ text }: { text: GuideText }) {
  const sections = sectionsOf(text.body);
  const chosen = useSignal(0);
  const at = Math.min(chosen.value, Math.max(0, sections.length - 1));
  const snippet = snippetOf(text, sections[at] ?? { heading: "", text: "" });
  const title = text.title || say("untitled");
  return (
    <>
      <div class="card card-preview">
        <div class="card-head">
          <span class="card-number" aria-hidden="true">
            1
          </span>
          <strong title={title}>{title}</strong>
          {text.sample && <span class="chip">{t("sample")}</span>}
        </div>
        <p class="card-text" tabIndex={0} role="group" aria-label={say("asCard")}>
          {snippet.text || <span class="quiet">{say("emptyBody")}</span>}
        </p>
        <div class="card-foot">
          <CardFacts snippet={snippet} />
        </div>
      </div>
      {sections.length > 1 && (
        <div class="section-choice">
          <button class="small" type="button" aria-disabled={at === 0} onClick={() => at > 0 && (chosen.value = at - 1)}>
            {say("previousSection")}
          </button>
          <span class="quiet">
            {say("section", { at: at + 1, count: sections.length })} {sections[at]?.heading}
          </span>
          <button
            class="small"
            type="button"
            aria-disabled={at === sections.length - 1}
            onClick={() => at < sections.length - 1 && (chosen.value = at + 1)}
          >
            {say("nextSection")}
          </button>
        </div>
      )}
    </>
  );
}

function snippetOf(text: GuideText, section: { heading: string; text: string }): Snippet {
  const { title, category, department, district, agency, source, sample } = text;
  return {
    kind: "guide", article_id: "", title, heading: section.heading, text: section.text, category, department, district,
    agency, version: 0, stale: false, valid_until: text.valid_until || null,
    revised: text.revised || dayOf(serverNow_ms.peek()), source, sample, score: 1, matched: [],
  };
}
