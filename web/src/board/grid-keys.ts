/** How the keyboard moves about a table of cells. Pure. */

/** Column -1 holds the headers of rows. */
export interface Spot {
  row: number;
  column: number;
}

/** Where a key leads; null: it is none of the table's. */
export function moved(at: Spot, key: string, ctrl: boolean, rows: number, columns: number): Spot | null {
  const within = (row: number, column: number): Spot => ({
    row: Math.min(rows - 1, Math.max(0, row)),
    column: Math.min(columns - 1, Math.max(-1, column)),
  });
  switch (key) {
    case "ArrowLeft":
      return within(at.row, at.column - 1);
    case "ArrowRight":
      return within(at.row, at.column + 1);
    case "ArrowUp":
      return within(at.row - 1, at.column);
    case "ArrowDown":
      return within(at.row + 1, at.column);
    case "Home":
      return within(ctrl ? 0 : at.row, -1);
    case "End":
      return within(ctrl ? rows - 1 : at.row, columns - 1);
    case "PageUp":
      return within(0, at.column);
    case "PageDown":
      return within(rows - 1, at.column);
    default:
      return null;
  }
}

interface Tile {
  row: number;
  column: number;
}

/**
 * The tile next to another one on a map with holes: in the same row or column the nearest one that way,
 * otherwise the nearest one of the rows or columns beyond.
 */
export function neighbourTile<T extends Tile>(tiles: readonly T[], from: Tile, key: string): T | null {
  const ways: Readonly<Record<string, readonly [number, number]>> = {
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
  };
  const way = ways[key];
  if (!way) return null;
  const ahead = (tile: Tile): number => (tile.row - from.row) * way[0] + (tile.column - from.column) * way[1];
  const aside = (tile: Tile): number =>
    Math.abs((tile.row - from.row) * way[1]) + Math.abs((tile.column - from.column) * way[0]);
  let best: T | null = null;
  for (const tile of tiles) {
    if (ahead(tile) <= 0) continue;
    if (!best || cost(tile) < cost(best)) best = tile;
  }
  return best;

  function cost(tile: Tile): number {
    return ahead(tile) + 2.5 * aside(tile);
  }
}
