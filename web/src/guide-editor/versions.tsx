/** What the article said before, and what is different now. */
import type { GuideVersion } from "../contracts";
import { t, timeOfDay } from "../text";
import { dayOf } from "../validity";
import { compared, draft, type, versions } from "./desk";
import { Differences } from "./differences";
import { say } from "./words";

export function Versions() {
  const now = draft.value;
  const chosen = versions.value.find((version) => version.version === compared.value);
  return (
    <div class="versions">
      <ul>
        {versions.value.map((version) => (
          <li key={version.version}>
            <span class="chip chip-step">{say(version.status)}</span>
            <span class="version-told">
              {t("versionMark", { version: version.version })}{" "}
              <span class="quiet">
                {dayOf(version.at_ms)} {timeOfDay(version.at_ms)} · {authorOf(version)}
                {version.note && ` · ${version.note}`}
              </span>
            </span>
            <button
              class="small"
              type="button"
              aria-pressed={compared.value === version.version}
              onClick={() => (compared.value = compared.value === version.version ? null : version.version)}
            >
              {say("compare")}
              <span class="visually-hidden"> {version.version}</span>
            </button>
          </li>
        ))}
      </ul>
      {chosen && now && (
        <section aria-label={say("comparing", { version: chosen.version })}>
          <div class="versions-head">
            <h3>{say("comparing", { version: chosen.version })}</h3>
            <button class="small" type="button" onClick={() => type({ ...chosen.text })}>
              {say("takeText")}
            </button>
          </div>
          <Differences from={chosen.text} to={now.text} label={say("comparing", { version: chosen.version })} />
        </section>
      )}
    </div>
  );
}

function authorOf({ author }: GuideVersion): string {
  return author === "import" ? say("byImport") : say("by", { author });
}
