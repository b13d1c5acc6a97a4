/** Districts as tiles that stand as they lie; the table beside it says the same in rows. */
import { useSignal } from "@preact/signals";
import type { DistrictTile } from "../contracts";
import { addressOf } from "./address";
import { levelOf, shortLabel, tileShadeOf } from "./figures";
import { neighbourTile } from "./grid-keys";
import { levelText } from "./heat-map";
import { place, visit } from "./place";
import { figure, say } from "./words";

/** Rows and columns that the style has places for. */
const MOST_LINES = 12;

export function DistrictMap({ tiles, alarmed }: { tiles: readonly DistrictTile[]; alarmed: ReadonlySet<string> }) {
  const busiest = tiles.reduce<DistrictTile | null>((best, tile) => (!best || tile.seen > best.seen ? tile : best), null);
  const spot = useSignal("");
  const chosen = tiles.find((tile) => tile.district === spot.value) ?? busiest;
  const most = busiest?.seen ?? 0;
  const [firstRow, firstColumn] = [Math.min(...tiles.map((tile) => tile.row)), Math.min(...tiles.map((tile) => tile.column))];
  const line = (at: number, first: number): number => Math.min(MOST_LINES, at - first + 1);
  return (
    <ul
      class="tile-map"
      aria-labelledby="map-title"
      onFocusIn={(event) => (spot.value = (event.target as HTMLElement).id.slice(tileId("").length))}
      onKeyDown={(event) => {
        if (!chosen || event.ctrlKey || event.altKey || event.metaKey) return;
        const at = tiles.find((tile) => tileId(tile.district) === (event.target as HTMLElement).id) ?? chosen;
        const next = neighbourTile(tiles, at, event.key);
        if (!event.key.startsWith("Arrow")) return;
        event.preventDefault();
        if (!next) return;
        document.getElementById(tileId(next.district))?.focus();
      }}
    >
      {tiles.map((tile) => (
        <li key={tile.district} class={`tile-row-${line(tile.row, firstRow)} tile-column-${line(tile.column, firstColumn)}`}>
          <Tile tile={tile} most={most} isSpot={tile === chosen} isAlarmed={alarmed.has(tile.district)} />
        </li>
      ))}
    </ul>
  );
}

interface TileProps {
  tile: DistrictTile;
  most: number;
  isSpot: boolean;
  isAlarmed: boolean;
}

function Tile({ tile, most, isSpot, isAlarmed }: TileProps) {
  const about = tile.topics.map((one) => `${shortLabel(one.label)} ${figure(one.contacts)}`).join(", ");
  return (
    <button
      id={tileId(tile.district)}
      class={tileClass(tile, most, isAlarmed)}
      type="button"
      tabIndex={isSpot ? 0 : -1}
      title={`${tile.district} ${figure(tile.seen)}${levelText(tile)}${about && ` · ${about}`}`}
      onClick={() => openDistrict(tile.district)}
    >
      <TileFace tile={tile} isAlarmed={isAlarmed} />
    </button>
  );
}

export function tileClass(tile: DistrictTile, most: number, isAlarmed: boolean): string {
  const shade = tileShadeOf(tile.seen, most);
  return `district-tile shade-${shade} level-${levelOf(tile.seen, tile.usual)}${isAlarmed ? " is-alarmed" : ""}`;
}

/** What stands on a tile, here and on the wall. */
export function TileFace({ tile, isAlarmed }: { tile: DistrictTile; isAlarmed: boolean }) {
  const level = levelOf(tile.seen, tile.usual);
  return (
    <>
      <span class="tile-name">{tile.district}</span>
      <span class="tile-count">
        {figure(tile.seen)}
        {(level === "above" || level === "far") && (
          <span class="level-mark" aria-hidden="true">
            ▲
          </span>
        )}
        {isAlarmed && <span class="tile-alarm"> {say("alarmed")}</span>}
      </span>
      <span class="visually-hidden">{levelText(tile)}</span>
    </>
  );
}

export function DistrictTable({ tiles }: { tiles: readonly DistrictTile[] }) {
  const ordered = [...tiles].sort((a, b) => (a.district < b.district ? -1 : 1));
  return (
    <div class="board-frame" tabIndex={0} role="group" aria-labelledby="map-title">
      <table class="board-table">
        <thead>
          <tr>
            <th scope="col">{say("district")}</th>
            <th scope="col" class="count">
              {say("seen")}
            </th>
            <th scope="col" class="count">
              {say("usual")}
            </th>
            <th scope="col">{say("state")}</th>
            <th scope="col">{say("mostTopics")}</th>
          </tr>
        </thead>
        <tbody>
          {ordered.map((tile) => (
            <tr key={tile.district}>
              <th scope="row">
                <button class="plain" type="button" onClick={() => openDistrict(tile.district)}>
                  {tile.district}
                </button>
              </th>
              <td class="count">{figure(tile.seen)}</td>
              <td class="count">{tile.usual === null ? "–" : figure(tile.usual)}</td>
              <td>
                <State tile={tile} />
              </td>
              <td>{tile.topics[0] ? `${shortLabel(tile.topics[0].label)} ${figure(tile.topics[0].contacts)}` : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function State({ tile }: { tile: DistrictTile }) {
  const level = levelOf(tile.seen, tile.usual);
  if (level === "unknown") return <span class="quiet">–</span>;
  if (level === "above" || level === "far") return <strong>▲ {say(level === "far" ? "levelFar" : "levelAbove")}</strong>;
  return level === "below" ? <span>▽ {say("levelBelow")}</span> : <span class="quiet">{say("usual")}</span>;
}

function tileId(district: string): string {
  return `tile-${district}`;
}

function openDistrict(district: string): void {
  const { topic } = place.peek();
  visit(addressOf({ view: "contacts", topic, district }), tileId(district));
}
