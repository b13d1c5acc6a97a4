import { describe, expect, it } from "vitest";
import { addressOf, EVERYTHING, placeIn, queryOf } from "../src/board/address";
import { alarmedDistricts, levelOf, rounded, shadeOf, shortLabel, tileShadeOf, waitText } from "../src/board/figures";
import { moved, neighbourTile } from "../src/board/grid-keys";
import { EMPTY, steady } from "../src/board/steady";
import { nameOfAlert, tailOf } from "../src/board/wall-names";
import type { AlertLine, Finding, HeatMap } from "../src/contracts";

describe("the board's address", () => {
  it("names what is looked at", () => {
    expect(placeIn("#/board")).toEqual(EVERYTHING);
    expect(placeIn("#/board?topic=3020&district=%EB%A7%88%ED%8F%AC%EA%B5%AC")).toEqual({
      ...EVERYTHING,
      topic: "3020",
      district: "마포구",
    });
    expect(placeIn("#/board/wall").view).toBe("wall");
    expect(placeIn("#/board/%2Brules")).toMatchObject({ view: "alert", alert: "+rules" });
    expect(placeIn("#/board/100%")).toMatchObject({ view: "alert", alert: "100%" });
    expect(placeIn("#/board/contacts?alert_id=a-1&since_ms=5&until_ms=x")).toEqual({
      ...EVERYTHING,
      view: "contacts",
      alertOf: "a-1",
      since_ms: 5,
    });
  });

  it("comes back from what it says, the empty topic too", () => {
    const places = [
      { ...EVERYTHING, topic: "", district: "중구" },
      { ...EVERYTHING, view: "contacts" as const, danger: "gas", since_ms: 0, until_ms: 3_600_000 },
      { ...EVERYTHING, view: "wall" as const },
    ];
    for (const place of places) expect(placeIn(addressOf(place))).toEqual(place);
    expect(queryOf({ topic: "", district: null }).toString()).toBe("topic=");
  });
});

describe("figures", () => {
  it("marks what is above the usual, and nothing where the usual is not known", () => {
    expect(levelOf(90, null)).toBe("unknown");
    expect([levelOf(3, 0), levelOf(4, 0), levelOf(7, 0.1), levelOf(8, 0.5)]).toEqual(["usual", "above", "above", "far"]);
    expect([levelOf(120, 100), levelOf(180, 100), levelOf(220, 100), levelOf(20, 100)]).toEqual([
      "usual",
      "above",
      "far",
      "below",
    ]);
  });

  it("shades from nothing to the largest", () => {
    expect([0, 1, 25, 64, 100].map((seen) => shadeOf(seen, 100))).toEqual([0, 1, 3, 4, 5]);
    expect([0, 1, 25, 64, 100].map((seen) => tileShadeOf(seen, 100))).toEqual([0, 1, 2, 4, 5]);
    expect(shadeOf(0, 0)).toBe(0);
  });

  it("marks the districts of open alerts, unless they are of the whole city", () => {
    const line = (districts: Record<string, number>): AlertLine =>
      ({
        finding: { districts: Object.entries(districts).map(([district, contacts]) => ({ district, contacts })) },
      }) as unknown as AlertLine;
    expect([...alarmedDistricts([line({ 마포구: 10, 서대문구: 4, 중구: 1, "": 20 }), line({ 노원구: 3 })])]).toEqual([
      "마포구",
      "서대문구",
      "노원구",
    ]);
    const city = Object.fromEntries(["가", "나", "다", "라", "마", "바", "사"].map((name) => [`${name}구`, 5]));
    expect(alarmedDistricts([line(city), line({})]).size).toBe(0);
  });

  it("says labels, waits and numbers briefly", () => {
    expect([shortLabel("상하수도 > 누수·단수·수질"), shortLabel("여권"), shortLabel("")]).toEqual(["누수·단수·수질", "여권", ""]);
    expect([waitText(0), waitText(69.9), waitText(3601), waitText(-5)]).toEqual(["0:00", "1:09", "1:00:01", "0:00"]);
    expect([rounded(2.345), rounded(23.5), rounded(0)]).toEqual([2.3, 24, 0]);
  });
});

describe("the keyboard on the heat map", () => {
  it("moves by a cell, to the ends, and never out", () => {
    const at = { row: 1, column: 2 };
    expect(moved(at, "ArrowLeft", false, 3, 24)).toEqual({ row: 1, column: 1 });
    expect(moved({ row: 1, column: -1 }, "ArrowLeft", false, 3, 24)).toEqual({ row: 1, column: -1 });
    expect(moved(at, "ArrowDown", false, 3, 24)).toEqual({ row: 2, column: 2 });
    expect(moved({ row: 2, column: 23 }, "ArrowDown", false, 3, 24)).toEqual({ row: 2, column: 23 });
    expect(moved(at, "Home", false, 3, 24)).toEqual({ row: 1, column: -1 });
    expect(moved(at, "End", true, 3, 24)).toEqual({ row: 2, column: 23 });
    expect([moved(at, "PageUp", false, 3, 24), moved(at, "PageDown", false, 3, 24)]).toEqual([
      { row: 0, column: 2 },
      { row: 2, column: 2 },
    ]);
    expect(moved(at, "Tab", false, 3, 24)).toBeNull();
  });

  it("finds the next district, across holes of the map", () => {
    const tiles = [
      { name: "노원", row: 0, column: 5 },
      { name: "은평", row: 1, column: 2 },
      { name: "강서", row: 2, column: 0 },
      { name: "마포", row: 2, column: 1 },
      { name: "서대문", row: 2, column: 2 },
      { name: "강동", row: 2, column: 6 },
    ];
    const go = (from: string, key: string): string | undefined =>
      neighbourTile(tiles, tiles.find((tile) => tile.name === from)!, key)?.name;
    expect(go("강서", "ArrowRight")).toBe("마포");
    expect(go("서대문", "ArrowRight")).toBe("강동");
    expect(go("서대문", "ArrowUp")).toBe("은평");
    expect(go("강서", "ArrowLeft")).toBeUndefined();
    expect(go("강서", "Enter")).toBeUndefined();
    const reached = new Set(["강서"]);
    for (const _ of tiles) {
      for (const from of [...reached]) {
        for (const key of ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]) reached.add(go(from, key) ?? from);
      }
    }
    expect(reached.size).toBe(tiles.length);
  });
});

describe("rows that stand still", () => {
  const idOf = (row: { id: string }): string => row.id;

  it("keep their places while they are held, with new figures", () => {
    const first = steady(EMPTY, [{ id: "a", n: 1 }, { id: "b", n: 1 }], true, idOf);
    expect(first.rows.map(idOf)).toEqual(["a", "b"]);
    const told = [{ id: "c", n: 2 }, { id: "b", n: 2 }, { id: "d", n: 2 }];
    const held = steady(first, told, true, idOf);
    expect(held.rows).toEqual([{ id: "a", n: 1 }, { id: "b", n: 2 }]);
    expect([[...held.gone], held.waiting]).toEqual([["a"], 2]);
    expect(steady(held, told, false, idOf)).toEqual({ rows: told, gone: new Set(), waiting: 0 });
  });
});

describe("the wall", () => {
  const finding = {
    kind: "rise",
    title: "010-1234-5678",
    danger: null,
    topics: [{ topic: "3020", label: "상하수도 > 누수·단수·수질", contacts: 9 }],
    districts: [
      { district: "마포구", contacts: 7 },
      { district: "", contacts: 1 },
      { district: "중구", contacts: 1 },
      { district: "용산구", contacts: 1 },
    ],
  } as unknown as Finding;
  const line = (more: Partial<Finding>): AlertLine => ({ finding: { ...finding, ...more }, head: {} as AlertLine["head"] });

  it("names an alert by its places and topics, never by its title", () => {
    expect(nameOfAlert(line({}))).toEqual({ danger: null, isNewPhrase: false, parts: ["마포구", "중구", "누수·단수·수질"] });
    expect(nameOfAlert(line({ danger: "gas" })).parts).toEqual(["마포구", "중구"]);
    expect(nameOfAlert(line({ kind: "new_phrase", topics: [], districts: [] }))).toEqual({
      danger: null,
      isNewPhrase: true,
      parts: [],
    });
  });

  it("shows the last hours of what is asked most in them", () => {
    const row = (topic: string, seen: readonly number[]): HeatMap["rows"][number] => ({
      topic,
      label: topic,
      contacts: 99,
      cells: seen.map((each) => ({ seen: each, usual: null })),
    });
    const heat: HeatMap = {
      hours_ms: [1, 2, 3],
      rows: [row("old", [90, 0, 1]), row("new", [0, 4, 4]), row("", [9, 9, 9]), row("mid", [0, 1, 2])],
    };
    const told = tailOf(heat, 2, 2);
    expect(told.hours_ms).toEqual([2, 3]);
    expect(told.rows.map((each) => [each.topic, each.contacts])).toEqual([["new", 8], ["mid", 3]]);
  });
});
