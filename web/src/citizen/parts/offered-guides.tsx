import { useId } from "preact/hooks";
import type { OfferedGuide } from "../../contracts";
import type { Talk } from "../talk";
import { t } from "../text";
import { Linked } from "./linked";

/** Guides while a person is waited for: each with its passage and where it comes from. Never instead of a person. */
export function OfferedGuides({ guides, talk, seq }: { guides: readonly OfferedGuide[]; talk: Talk; seq: number }) {
  const title = useId();
  const canSolve = talk.canSolve(seq);
  return (
    <section class="offered" aria-labelledby={title}>
      <h2 id={title}>{t("guidesTitle")}</h2>
      {canSolve && <p class="quiet">{t("guidesNote")}</p>}
      <ul>
        {guides.map((guide) => (
          <li key={guide.article_id}>
            <h3>{guide.title}</h3>
            <p class="words">{guide.passage}</p>
            <p class="source">
              <Linked text={sourceOf(guide)} />
            </p>
            {canSolve && (
              <button
                type="button"
                aria-label={t("solvedBy", { title: guide.title })}
                onClick={() => talk.solved(guide.article_id)}
              >
                {t("solved")}
              </button>
            )}
          </li>
        ))}
      </ul>
      {canSolve && (
        <button type="button" class="primary" onClick={() => talk.waitOn()}>
          {t("waitOn")}
        </button>
      )}
    </section>
  );
}

function sourceOf(guide: OfferedGuide): string {
  return [
    guide.source && t("guideSource", { source: guide.source }),
    guide.department && t("guideDepartment", { department: guide.department }),
    guide.revised && t("guideRevised", { date: guide.revised.slice(0, 10) }),
  ]
    .filter(Boolean)
    .join(" · ");
}
