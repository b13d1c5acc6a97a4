import { describe, expect, it } from "vitest";
import { gapsAfter } from "../src/gaps";
import { type Line, linesOf } from "../src/lines";
import { contact, recognition, said, sound, viewOf } from "./events";

const shape = (lines: Line[]) =>
  lines.map((line) => {
    if (line.kind === "turn") return line.utterances.map((each) => each.utterance_id).join("");
    return line.kind === "sound" ? [line.sound, line.count, line.end_ms] : [line.start_ms, line.end_ms];
  });

describe("lines", () => {
  it("show a sound at its time, between what was said before and after it", () => {
    const utterances = [said("a", { start_ms: 0, end_ms: 900 }), said("b", { start_ms: 4000, end_ms: 5000 })];
    const view = viewOf({ utterances, sounds: [sound("music", 1000, 3900), sound("busy", 9000, null)] });
    expect(shape(linesOf(view, []))).toEqual(["a", ["music", 1, 3900], "b", ["busy", 1, null]]);
  });

  it("many keys in a row are one line, until somebody speaks or rests", () => {
    const keys = [1000, 1400, 1800, 5000, 40_000].map((at) => sound("dtmf", at, at + 100));
    const view = viewOf({ utterances: [said("a", { start_ms: 3000 })], sounds: keys });
    expect(shape(linesOf(view, []))).toEqual([["dtmf", 3, 1900], "a", ["dtmf", 1, 5100], ["dtmf", 1, 40_100]]);
  });

  it("do not join sounds of two channels", () => {
    const sounds = [sound("dtmf", 1000, 1100, 0), sound("dtmf", 1200, 1300, 1)];
    expect(linesOf(viewOf({ sounds }), [])).toHaveLength(2);
  });

  it("show where nothing was transcribed", () => {
    const utterances = [said("a", { start_ms: 0 }), said("b", { start_ms: 9000 })];
    const gaps = [{ start_ms: 2000, end_ms: 8000 }];
    expect(shape(linesOf(viewOf({ utterances }), gaps))).toEqual(["a", [2000, 8000], "b"]);
  });
});

describe("gaps", () => {
  const at = (mode: "full" | "finals" | "refused", at_ms: number) =>
    viewOf({ contact: contact({ started_at_ms: 1000 }), recognition: recognition(mode, at_ms) });

  it("open when the call is refused and close when it is heard again", () => {
    const open = gapsAfter([], at("refused", 3000));
    expect(open).toEqual([{ start_ms: 2000, end_ms: null }]);
    expect(gapsAfter(open, at("refused", 3000))).toBe(open);
    const closed = gapsAfter(open, at("finals", 9000));
    expect(closed).toEqual([{ start_ms: 2000, end_ms: 8000 }]);
    expect(gapsAfter(closed, at("full", 12_000))).toBe(closed);
    expect(gapsAfter(closed, at("refused", 20_000))).toHaveLength(2);
  });

  it("are none where all is transcribed", () => {
    const none = [] as const;
    expect(gapsAfter(none, viewOf())).toBe(none);
    expect(gapsAfter(none, at("finals", 5000))).toBe(none);
  });
});
