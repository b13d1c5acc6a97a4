/** The figures of drafts by day, by what made them, by field: for everybody who reads tables better than drawings. */
import type { DraftDay, DraftFigures, EngineFigures, FieldFigures } from "../contracts";
import { DEFAULT_ROWS } from "../form";
import { lang } from "../preferences";
import { percent } from "../quality";
import { say, time } from "../quality-words";
import { type TextKey, t } from "../text";

const COLUMNS = ["saved", "drafted", "unedited", "share", "time", "afterCall"] as const;

/** The newest day first. */
export function DayTable({ days }: { days: readonly DraftDay[] }) {
  return (
    <div class="table-frame" tabIndex={0} role="group" aria-label={say("byDay")}>
      <table>
        <Head first={say("date")} />
        <tbody>
          {days.toReversed().map(({ date, figures }) => (
            <Row key={date} name={date} figures={figures} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function EngineTable({ engines }: { engines: readonly EngineFigures[] }) {
  return (
    <section aria-labelledby="by-engine">
      <h3 id="by-engine">{say("byEngine")}</h3>
      <div class="table-frame" tabIndex={0} role="group" aria-label={say("byEngine")}>
        <table>
          <Head first={say("engine")} />
          <tbody>
            {engines.map(({ engine, figures }) => (
              <Row key={engine} name={engineName(engine)} figures={figures} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

export function FieldTable({ fields }: { fields: readonly FieldFigures[] }) {
  return (
    <section aria-labelledby="by-field">
      <h3 id="by-field">{say("byField")}</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">{say("field")}</th>
            <th scope="col">{say("drafted")}</th>
            <th scope="col">{say("kept")}</th>
          </tr>
        </thead>
        <tbody>
          {fields.map(({ field, drafted, unedited }) => (
            <tr key={field}>
              <th scope="row">{fieldName(field)}</th>
              <td>{drafted}</td>
              <td>
                {unedited} <span class="quiet">({percent(unedited, drafted)})</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Head({ first }: { first: string }) {
  return (
    <thead>
      <tr>
        <th scope="col">{first}</th>
        {COLUMNS.map((name) => (
          <th key={name} scope="col">
            {say(name)}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Row({ name, figures }: { name: string; figures: DraftFigures }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{figures.saved}</td>
      <td>{figures.drafted}</td>
      <td>
        {figures.unedited} <span class="quiet">({percent(figures.unedited, figures.drafted)})</span>
      </td>
      <td>{percent(figures.edit_share_p50)}</td>
      <td>{time(figures.seconds_saved)}</td>
      <td>{time(figures.after_call_s_p50)}</td>
    </tr>
  );
}

function engineName(engine: string): string {
  if (engine === "") return say("noDraft");
  return engine === "extractive" ? say("extractive") : engine;
}

function fieldName(field: string): string {
  const row = DEFAULT_ROWS.find((each) => each.name === field);
  return row ? row[lang.value] : t(field as TextKey);
}
