/** Hour × topic: a table that the arrow keys move about in. Number, shade and mark say the same. */
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { HeatCell, HeatMap, HeatRow } from "../contracts";
import { type Place, addressOf } from "./address";
import { levelOf, mostOf, shadeOf, shortLabel } from "./figures";
import { type Spot, moved } from "./grid-keys";
import { place, visit } from "./place";
import { useHeld } from "./use-held";
import { dateText, figure, say } from "./words";

const HOUR_MS = 3_600_000;

/** While somebody is at it, hours and topics stay where they are; only the figures change. */
export function HeatTable({ heat }: { heat: HeatMap }) {
  const held = useHeld();
  const before = useRef<HeatMap | null>(null);
  const shown = held.isHeld && before.current ? inPlaceOf(before.current, heat) : heat;
  const spot = useSignal<Spot>({ row: 0, column: shown.hours_ms.length - 1 });
  const focused = useRef("");
  const isDrawing = useRef(true);
  isDrawing.current = true;
  useLayoutEffect(() => {
    before.current = shown;
    isDrawing.current = false;
    // A row that found another place may have lost the keyboard on its way.
    if (focused.current && document.activeElement === document.body) document.getElementById(focused.current)?.focus();
  });
  const rows = shown.rows.length;
  const columns = shown.hours_ms.length;
  const at = { row: Math.min(spot.value.row, rows - 1), column: Math.min(spot.value.column, columns - 1) };
  const most = mostOf(shown);

  const onKeyDown = (event: KeyboardEvent): void => {
    held.on.onKeyDown();
    if (event.altKey || event.metaKey || event.isComposing) return;
    if (event.key === "Enter" || event.key === " ") {
      const row = shown.rows[at.row];
      if (!row || !(event.target as HTMLElement).id) return;
      event.preventDefault();
      open(row, at.column, shown.hours_ms);
      return;
    }
    const next = moved(at, event.key, event.ctrlKey, rows, columns);
    if (!next) return;
    event.preventDefault();
    spot.value = next;
    const topic = shown.rows[next.row]?.topic ?? "";
    document.getElementById(cellId(topic, shown.hours_ms[next.column]))?.focus();
  };

  return (
    <table
      class="heat"
      role="grid"
      aria-labelledby="heat-title"
      aria-describedby="heat-hint"
      {...held.on}
      onKeyDown={onKeyDown}
      onFocusIn={(event) => {
        held.on.onFocusIn(event);
        const { id, dataset } = event.target as HTMLElement;
        focused.current = id;
        if (dataset["row"]) spot.value = { row: Number(dataset["row"]), column: Number(dataset["column"]) };
      }}
      onFocusOut={(event) => {
        held.on.onFocusOut(event);
        if (!isDrawing.current) focused.current = "";
      }}
    >
      <Head hours={shown.hours_ms} />
      <tbody>
        {shown.rows.map((row, index) => (
          <Row
            key={row.topic}
            row={row}
            index={index}
            hours={shown.hours_ms}
            most={most}
            spot={at.row === index ? at.column : null}
            choose={(column) => {
              spot.value = { row: index, column };
              open(row, column, shown.hours_ms);
            }}
          />
        ))}
      </tbody>
    </table>
  );
}

function Head({ hours }: { hours: readonly number[] }) {
  const last = hours.length - 1;
  return (
    <thead>
      <tr>
        <th scope="col" class="heat-topic">
          {say("topic")}
        </th>
        {hours.map((hour_ms, index) => (
          <th key={hour_ms} scope="col" class={isMidnight(hour_ms) ? "heat-day" : index === last ? "heat-now" : undefined}>
            <span aria-hidden="true">{index === last ? say("nowHour") : new Date(hour_ms).getHours()}</span>
            <span class="visually-hidden">{hourName(hour_ms)}</span>
          </th>
        ))}
        <th scope="col" class="heat-sum">
          {say("sum")}
        </th>
      </tr>
    </thead>
  );
}

interface RowProps {
  row: HeatRow;
  index: number;
  hours: readonly number[];
  most: number;
  /** The column that Tab comes to; null: another row has it. */
  spot: number | null;
  choose: (column: number) => void;
}

function Row({ row, index, hours, most, spot, choose }: RowProps) {
  return (
    <tr>
      <th
        id={cellId(row.topic, undefined)}
        scope="row"
        class="heat-topic"
        title={row.label}
        data-row={index}
        data-column={-1}
        tabIndex={spot === -1 ? 0 : -1}
        onClick={() => choose(-1)}
      >
        {topicName(row)}
      </th>
      {row.cells.map((cell, column) => {
        const hour_ms = hours[column] ?? 0;
        const level = levelOf(cell.seen, cell.usual);
        return (
          <td
            key={hour_ms}
            id={cellId(row.topic, hour_ms)}
            class={`shade-${shadeOf(cell.seen, most)} level-${level}${isMidnight(hour_ms) ? " heat-day" : ""}`}
            data-row={index}
            data-column={column}
            tabIndex={spot === column ? 0 : -1}
            title={titleOf(row, hour_ms, cell)}
            onClick={() => choose(column)}
          >
            <CellText cell={cell} />
          </td>
        );
      })}
      <td class="heat-sum">{figure(row.contacts)}</td>
    </tr>
  );
}

/** Nought is a dot for the eye. */
export function CellText({ cell }: { cell: HeatCell }) {
  const level = levelOf(cell.seen, cell.usual);
  const isHigh = level === "above" || level === "far";
  return (
    <>
      {cell.seen === 0 ? (
        <>
          <span aria-hidden="true">·</span>
          <span class="visually-hidden">0</span>
        </>
      ) : (
        figure(cell.seen)
      )}
      {isHigh && (
        <span class="level-mark" aria-hidden="true">
          ▲
        </span>
      )}
      <span class="visually-hidden">{levelText(cell)}</span>
    </>
  );
}

export function levelText({ seen, usual }: { seen: number; usual: number | null }): string {
  if (usual === null) return "";
  const level = levelOf(seen, usual);
  const beside = `, ${say("cellUsual", { usual: figure(usual) })}`;
  if (level === "above") return `${beside}, ${say("levelAbove")}`;
  if (level === "far") return `${beside}, ${say("levelFar")}`;
  return level === "below" ? `${beside}, ${say("levelBelow")}` : beside;
}

export function topicName(row: { topic: string; label: string }): string {
  return row.topic === "" ? say("noTopic") : shortLabel(row.label);
}

export function hourName(hour_ms: number): string {
  const from = new Date(hour_ms).getHours();
  return say("hourName", { date: dateText(hour_ms), from, to: from + 1 });
}

function titleOf(row: HeatRow, hour_ms: number, cell: HeatCell): string {
  return `${topicName(row)} · ${hourName(hour_ms)}: ${figure(cell.seen)}${levelText(cell)}`;
}

function isMidnight(hour_ms: number): boolean {
  return new Date(hour_ms).getHours() === 0;
}

function cellId(topic: string, hour_ms: number | undefined): string {
  return `heat-${topic || "none"}-${hour_ms === undefined ? "all" : hour_ms / HOUR_MS}`;
}

function open(row: HeatRow, column: number, hours: readonly number[]): void {
  const hour_ms = hours[column];
  const { district } = place.peek();
  const wanted: Partial<Place> = { view: "contacts", topic: row.topic, district };
  if (hour_ms !== undefined) Object.assign(wanted, { since_ms: hour_ms, until_ms: hour_ms + HOUR_MS });
  visit(addressOf(wanted), cellId(row.topic, hour_ms));
}

/** The new figures in the old table. A topic that is no longer on the list keeps its last ones. */
function inPlaceOf(before: HeatMap, told: HeatMap): HeatMap {
  const known = new Map(told.rows.map((row) => [row.topic, row]));
  const column = new Map(told.hours_ms.map((hour_ms, index) => [hour_ms, index]));
  return {
    hours_ms: before.hours_ms,
    rows: before.rows.map((row) => {
      const now = known.get(row.topic);
      if (!now) return row;
      const cells = row.cells.map((cell, index) => {
        const at = column.get(before.hours_ms[index] ?? -1);
        return (at === undefined ? undefined : now.cells[at]) ?? cell;
      });
      return { ...row, cells, contacts: now.contacts };
    }),
  };
}
