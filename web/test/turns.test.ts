import { describe, expect, it } from "vitest";
import { swapped, turnsOf } from "../src/turns";
import { said, viewOf } from "./events";

describe("turns", () => {
  it("join consecutive utterances of one party", () => {
    const turns = turnsOf(
      [
        said("a", { start_ms: 0, end_ms: 900 }),
        said("b", { start_ms: 1200, end_ms: 2000 }),
        said("c", { start_ms: 2500, end_ms: 3000, channel: 1 }),
        said("d", { start_ms: 40_000, end_ms: 41_000, channel: 1 }),
      ],
      { 0: "caller", 1: "agent" },
    );
    expect(turns.map((turn) => [turn.role, turn.utterances.length])).toEqual([
      ["caller", 2],
      ["agent", 1],
      ["agent", 1],
    ]);
  });

  it("an open partial at the end is no pause", () => {
    const turns = turnsOf([said("a", { end_ms: 30_000 }), said("b", { start_ms: 30_500 })], {});
    expect(turns).toHaveLength(1);
  });
});

describe("swapped", () => {
  it("exchanges what is known and begins with the caller on channel 0", () => {
    const view = viewOf({ roles: { 0: "agent", 1: "caller" } });
    expect(swapped(view)).toEqual({ 0: "caller", 1: "agent" });
    expect(swapped(viewOf({ utterances: [said("a"), said("b", { channel: 1 })] }))).toEqual({
      0: "caller",
      1: "agent",
    });
    expect(swapped(viewOf({ roles: { 0: "unknown", 1: "unknown" } }))).toEqual({ 0: "caller", 1: "agent" });
    expect(swapped(viewOf({ roles: { 0: "caller" } }))).toEqual({ 0: "agent" });
  });
});
