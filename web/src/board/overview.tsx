/** The board's parts for looking around: heat map, districts, live contacts. */
import { useSignal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import type { Board } from "../contracts";
import { addressOf } from "./address";
import { DistrictMap, DistrictTable } from "./district-map";
import { alarmedDistricts, shortLabel } from "./figures";
import { HeatTable } from "./heat-map";
import { LiveList } from "./live-list";
import { cameFrom, place, visit } from "./place";
import { topics } from "./state";
import { figure, say } from "./words";

export function Overview({ told }: { told: Board }) {
  useLayoutEffect(() => {
    // Back from a list: to what it was opened from.
    const from = cameFrom.value;
    cameFrom.value = "";
    const found = document.getElementById(from) ?? document.querySelector<HTMLElement>(`a[href="#/board/${CSS.escape(from)}"]`);
    if (from) found?.focus({ preventScroll: true });
  }, []);
  return (
    <>
      <Heat told={told} />
      <Districts told={told} />
      <LiveList contacts={told.contacts} more={told.contacts_more} at_ms={told.at_ms} />
    </>
  );
}

function Heat({ told }: { told: Board }) {
  const { district, topic } = place.value;
  const names = told.districts.map((tile) => tile.district);
  return (
    <section class="heat-part" aria-labelledby="heat-title">
      <div class="part-head">
        <h2 id="heat-title">{say("heat")}</h2>
        {names.length > 0 && (
          <Choice
            label={say("narrowDistrict")}
            all={say("wholeCity")}
            value={district}
            options={names.map((name) => [name, name] as const)}
            choose={(value) => visit(addressOf({ topic, district: value }))}
          />
        )}
        <a class="history-link" href={addressOf({ view: "contacts", district })} onClick={() => (cameFrom.value = "history-link")} id="history-link">
          {say("historyShow")}
        </a>
        <span id="heat-hint" class="quiet heat-hint">
          {say("heatHint")}
        </span>
        <Legend hasUsual={told.learning === null} />
      </div>
      {told.heat.rows.length === 0 ? (
        <div class="heat-none">
          <p>{say("heatNone")}</p>
          <p class="quiet">{say("heatNoneNote")}</p>
        </div>
      ) : (
        <div class="heat-frame">
          <HeatTable heat={told.heat} />
        </div>
      )}
    </section>
  );
}

function Legend({ hasUsual }: { hasUsual: boolean }) {
  return (
    <span class="legend" role="group" aria-label={say("legend")}>
      <span>{say("fewer")}</span>
      {[1, 2, 3, 4, 5].map((level) => (
        <i key={level} class={`legend-shade shade-${level}`} />
      ))}
      <span>{say("more")}</span>
      {hasUsual && (
        <span class="legend-marks">
          <b class="level-mark">▲</b> {say("levelAbove")}
          <i class="legend-shade level-far" /> {say("levelFar")}
        </span>
      )}
    </span>
  );
}

function Districts({ told }: { told: Board }) {
  const isTable = useSignal(false);
  const { topic, district } = place.value;
  const options = [...topics.value].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, label]) => [code, shortLabel(label)] as const);
  if (told.districts.length === 0) return null;
  return (
    <section class="map-part" aria-labelledby="map-title">
      <div class="part-head">
        <h2 id="map-title" title={say("districtsHint")}>
          {say("districts")}
        </h2>
        <Choice
          label={say("narrowTopic")}
          all={say("allTopics")}
          value={topic}
          options={options}
          choose={(value) => visit(addressOf({ topic: value, district }))}
        />
        <button class="small" type="button" onClick={() => (isTable.value = !isTable.value)}>
          {say(isTable.value ? "asMap" : "asTable")}
        </button>
        <span class="quiet map-note">{say("elsewhere", { count: figure(told.elsewhere.contacts) })}</span>
      </div>
      {isTable.value ? <DistrictTable tiles={told.districts} /> : <DistrictMap tiles={told.districts} alarmed={alarmedDistricts(told.alerts)} />}
    </section>
  );
}

interface ChoiceProps {
  label: string;
  all: string;
  value: string | null;
  options: readonly (readonly [string, string])[];
  choose: (value: string | null) => void;
}

const ALL = "*";

function Choice({ label, all, value, options, choose }: ChoiceProps) {
  const isListed = value === null || options.some(([code]) => code === value);
  return (
    <select
      class={value === null ? "choice" : "choice choice-narrow"}
      aria-label={label}
      title={label}
      value={value ?? ALL}
      onChange={(event) => choose(event.currentTarget.value === ALL ? null : event.currentTarget.value)}
    >
      <option value={ALL}>{all}</option>
      {!isListed && value !== null && <option value={value}>{value || say("noTopic")}</option>}
      {options.map(([code, name]) => (
        <option key={code} value={code}>
          {name}
        </option>
      ))}
    </select>
  );
}
