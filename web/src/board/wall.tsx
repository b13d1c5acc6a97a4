/**
 * The board on a wall: large type, nothing to press, nothing that moves by itself, nothing about a person.
 *
 * Esc, or the link at the top, leads back.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { AlertLine, Board, DistrictTile } from "../contracts";
import "../style/board.css";
import "../style/board-heat.css";
import "../style/board-map.css";
import "../style/board-wall.css";
import { t, timeOfDay } from "../text";
import { TileFace, tileClass } from "./district-map";
import { alarmedDistricts, levelOf, mostOf, shadeOf } from "./figures";
import { CellText, hourName, topicName } from "./heat-map";
import { AsOf, DetectorMark, FirstTrouble, Learning, SimulatedMark } from "./notices";
import { Numbers } from "./numbers";
import { visit } from "./place";
import { board } from "./state";
import { nameOfAlert, tailOf } from "./wall-names";
import { type Word, dateText, figure, say } from "./words";

const ALERTS = 6;
const HOURS = 12;
const TOPICS = 7;

export function Wall() {
  useEffect(() => {
    const leave = (event: KeyboardEvent): void => {
      if (event.key === "Escape") toBoard();
    };
    addEventListener("keydown", leave);
    return () => removeEventListener("keydown", leave);
  }, []);
  const told = board.value;
  return (
    <div class="wall">
      <WallTop told={told} />
      <main class="wall-main">
        {told ? (
          <>
            <Numbers live={told.live} />
            <Learning board={told} />
            <div class="wall-parts">
              <Alerts lines={told.alerts} />
              <WallMap tiles={told.districts} alarmed={alarmedDistricts(told.alerts)} />
              <WallHeat told={told} />
            </div>
          </>
        ) : (
          <FirstTrouble />
        )}
      </main>
    </div>
  );
}

function WallTop({ told }: { told: Board | null }) {
  const isFull = useSignal(document.fullscreenElement !== null);
  useEffect(() => {
    const follow = (): void => {
      isFull.value = document.fullscreenElement !== null;
    };
    document.addEventListener("fullscreenchange", follow);
    return () => document.removeEventListener("fullscreenchange", follow);
  }, []);
  return (
    <header class="wall-top">
      <h1>
        {t("product")} {say("title")}
      </h1>
      <AsOf />
      {told && <SimulatedMark board={told} />}
      <span class="wall-ways">
        <DetectorMark />
        {!isFull.value && document.fullscreenEnabled && (
          <button class="plain" type="button" onClick={() => void document.documentElement.requestFullscreen().catch(() => undefined)}>
            {say("fullScreen")}
          </button>
        )}
        <button class="plain" type="button" onClick={toBoard}>
          {say("leaveWall")}
        </button>
      </span>
    </header>
  );
}

function toBoard(): void {
  if (document.fullscreenElement) void document.exitFullscreen().catch(() => undefined);
  visit("#/board");
}

function Alerts({ lines }: { lines: readonly AlertLine[] }) {
  const shown = lines.slice(0, ALERTS);
  return (
    <section class="wall-alerts" aria-labelledby="wall-alerts">
      <h2 id="wall-alerts">
        {lines.length === 0 ? say("alertsNone") : say("alertsOpen", { count: lines.length })}
      </h2>
      <ul>
        {shown.map((line) => (
          <li key={line.finding.alert_id} class={`wall-alert wall-${line.finding.severity}`}>
            <AlertText line={line} />
          </li>
        ))}
      </ul>
      {lines.length > shown.length && <p class="quiet">{say("alertsRest", { count: lines.length - shown.length })}</p>}
    </section>
  );
}

const SHAPES = { watch: "●", warning: "▲", severe: "◆" } as const;

function AlertText({ line }: { line: AlertLine }) {
  const { finding, head } = line;
  const { danger, isNewPhrase, parts } = nameOfAlert(line);
  const kind = danger ? say(danger) : isNewPhrase ? say("newPhrase") : parts.length === 0 ? say("riseElsewhere") : "";
  return (
    <>
      <p class="wall-alert-head">
        <strong class="wall-severity">
          <span aria-hidden="true">{SHAPES[finding.severity]} </span>
          {say(finding.severity)}
        </strong>
        {finding.lane === "safety" && <span class="chip chip-safety">{say("safety")}</span>}
        {finding.simulated && <span class="chip chip-warn">{say("simulated")}</span>}
        <span class="quiet">{stateOf(line)}</span>
      </p>
      <p class="wall-alert-name">{[...parts, kind].filter((part) => part !== "").join(" · ")}</p>
      <p>
        {say("alertFigures", { seen: figure(finding.seen), expected: figure(finding.expected) })}
        <span class="quiet"> · {say("alertSince", { time: sinceText(finding.first_ms) })}</span>
        {!head.department && finding.department && <span class="quiet"> · {finding.department}</span>}
      </p>
    </>
  );
}

const STATES = {
  new: "alertNew",
  acknowledged: "alertAcknowledged",
  assigned: "alertAssigned",
  closed: "alertClosed",
} as const satisfies Record<AlertLine["head"]["state"], Word>;

function stateOf({ head }: AlertLine): string {
  return say(STATES[head.state], { department: head.department });
}

function sinceText(at_ms: number): string {
  const isToday = new Date(at_ms).toDateString() === new Date().toDateString();
  return isToday ? timeOfDay(at_ms) : `${dateText(at_ms)} ${timeOfDay(at_ms)}`;
}

function WallMap({ tiles, alarmed }: { tiles: readonly DistrictTile[]; alarmed: ReadonlySet<string> }) {
  const most = Math.max(0, ...tiles.map((tile) => tile.seen));
  const first = { row: Math.min(...tiles.map((tile) => tile.row)), column: Math.min(...tiles.map((tile) => tile.column)) };
  return (
    <section class="wall-map" aria-labelledby="wall-map">
      <h2 id="wall-map">
        {say("districts")} <span class="quiet">{say("lastDay")}</span>
      </h2>
      <ul class="tile-map">
        {tiles.map((tile) => (
          <li
            key={tile.district}
            class={`tile-row-${tile.row - first.row + 1} tile-column-${tile.column - first.column + 1}`}
          >
            <span class={tileClass(tile, most, alarmed.has(tile.district))}>
              <TileFace tile={tile} isAlarmed={alarmed.has(tile.district)} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function WallHeat({ told }: { told: Board }) {
  const heat = tailOf(told.heat, HOURS, TOPICS);
  const most = mostOf(heat);
  return (
    <section class="wall-heat" aria-labelledby="wall-heat">
      <h2 id="wall-heat">{say("heat")}</h2>
      <table class="heat">
        <thead>
          <tr>
            <th scope="col" class="heat-topic">
              {say("topic")}
            </th>
            {heat.hours_ms.map((hour_ms, index) => (
              <th key={hour_ms} scope="col" class={index === heat.hours_ms.length - 1 ? "heat-now" : undefined}>
                <span aria-hidden="true">
                  {index === heat.hours_ms.length - 1 ? say("nowHour") : new Date(hour_ms).getHours()}
                </span>
                <span class="visually-hidden">{hourName(hour_ms)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {heat.rows.map((row) => (
            <tr key={row.topic}>
              <th scope="row" class="heat-topic">
                {topicName(row)}
              </th>
              {row.cells.map((cell, column) => (
                <td
                  key={heat.hours_ms[column]}
                  class={`shade-${shadeOf(cell.seen, most)} level-${levelOf(cell.seen, cell.usual)}`}
                >
                  <CellText cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
