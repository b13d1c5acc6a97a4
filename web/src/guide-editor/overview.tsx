/** What stands beside the list while no article is open: the figures, a new guide, a file. */
import { say as help } from "../help";
import { letterKeys } from "../preferences";
import { t } from "../text";
import { NEW } from "./desk";
import { FiguresChart } from "./figures-chart";
import { ImportBox } from "./import-box";
import { askFigures, figures, figuresError } from "./shelf";
import { type WordKey, say } from "./words";

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
      <Keys />
    </section>
  );
}

const KEYS: readonly [string, WordKey][] = [
  ["/", "keySearch"],
  ["n", "keyNew"],
  ["Ctrl+S", "keySave"],
  ["Esc", "keyLeave"],
];

function Keys() {
  return (
    <section aria-labelledby="keys-title">
      <h3 id="keys-title">{say("keys")}</h3>
      <dl class="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{say(what)}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={letterKeys.value}
          onChange={(event) => (letterKeys.value = event.currentTarget.checked)}
        />
        {help("shortcutsOn")}
      </label>
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
