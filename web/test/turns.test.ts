import { describe, expect, it } from "vitest";
import { hitsIn, piecesOf, swapped, turnsOf } from "../src/turns";
import { said, viewOf, word } from "./events";

const shape = (pieces: ReturnType<typeof piecesOf>) => pieces.map((piece) => [piece.text, piece.kind]);

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
    expect(swapped(viewOf({ roles: { 0: "caller" } }))).toEqual({ 0: "agent" });
  });
});

describe("pieces", () => {
  it("show masked data apart", () => {
    expect(shape(piecesOf(said("a", { text: "제 번호는 [전화번호]예요 [이름][이름]" })))).toEqual([
      ["제 번호는 ", "plain"],
      ["[전화번호]", "masked"],
      ["예요 ", "plain"],
      ["[이름]", "masked"],
      ["[이름]", "masked"],
    ]);
  });

  it("tell the stable part of a partial from its tail, counted in code points", () => {
    const partial = said("a", { text: "😀여권을 이러", status: "partial", stable_chars: 4 });
    expect(shape(piecesOf(partial))).toEqual([
      ["😀여권을", "plain"],
      [" 이러", "tail"],
    ]);
  });

  it("mark doubtful words at their own place", () => {
    const final = said("a", {
      text: "네 여권 네",
      words: [word("네"), word("여권", { suspect: true }), word("네", { suspect: true })],
    });
    expect(shape(piecesOf(final))).toEqual([
      ["네 ", "plain"],
      ["여권", "suspect"],
      [" ", "plain"],
      ["네", "suspect"],
    ]);
  });

  it("doubt a whole final when nothing is known of its words", () => {
    expect(shape(piecesOf(said("a", { text: "여권", confidence: 0.3 })))).toEqual([["여권", "suspect"]]);
    expect(shape(piecesOf(said("a", { text: "여권", confidence: 0.8 })))).toEqual([["여권", "plain"]]);
  });

  it("mark what was searched, and lose nothing of the text", () => {
    const pieces = piecesOf(said("a", { text: "KTX 예매와 ktx 환불" }), "Ktx");
    expect(pieces.filter((piece) => piece.found).map((piece) => piece.text)).toEqual(["KTX", "ktx"]);
    expect(pieces.map((piece) => piece.text).join("")).toBe("KTX 예매와 ktx 환불");
    expect(hitsIn("아무 말", " ")).toEqual([]);
  });
});
