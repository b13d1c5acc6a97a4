/** What stands beside the list while no article is open: the figures, a new guide, a file. */
import { t } from "../text";
import { NEW } from "./desk";
import { FiguresChart } from "./figures-chart";
import { ImportBox } from "./import-box";
import { askFigures, figures, figuresError } from "./shelf";
import { say } from "./words";

export function Overview() {
  const known = figures.value;
  return (
    <section class="desk overview" aria-labelledby="overview-title">
      <div class="desk-head">
        <h2 id="overview-title">{say("overview")}</h2>
        <a class="button primary" href={`#/guides/${NEW}`} aria-keyshortcuts="n">
          {say("newGuide")}
        </a>
      </div>
      <p class="quiet">{say("overviewHint")}</p>
      {figuresError.value && (
        <p class="error" role="alert">
          {say("figuresFailed")}: {figuresError.value}{" "}
          <button class="plain" type="button" onClick={() => void askFigures()}>
            {t("retry")}
          </button>
        </p>
      )}
      {known && (
        <>
          <dl class="counts">
            <Count name={say("countPublished")} value={known.published} />
            <Count name={say("countGaps")} value={known.open_gaps} />
            <Count name={say("needs_revision")} value={known.needs_revision} />
            <Count name={say("stale")} value={known.stale} />
            <Count name={say("unused")} value={known.unused} />
          </dl>
          <FiguresChart days={known.days} />
        </>
      )}
      <ImportBox />
    </section>
  );
}

function Count({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="time">{value}</dd>
    </div>
  );
}
