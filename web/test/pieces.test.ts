import { describe, expect, it } from "vitest";
import { type Piece, hitsIn, piecesOf } from "../src/pieces";
import { said, word } from "./events";

const textOf = (piece: Piece) => piece.runs.map((run) => run.text).join("");
const shape = (pieces: Piece[]) => pieces.map((piece) => [textOf(piece), piece.kind]);

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

  it("offer the names of a suspect word, in one piece though a search cuts it", () => {
    const words = [word("망우동에"), word("사라요.", { suspect: true, nearest: ["사당", "사직동"] })];
    const [before, suspect, ...rest] = piecesOf(said("a", { text: "망우동에 사라요.", words }), "라");
    expect(before).toMatchObject({ kind: "plain", nearest: [] });
    expect(suspect).toEqual({
      kind: "suspect",
      nearest: ["사당", "사직동"],
      runs: [
        { text: "사", found: false },
        { text: "라", found: true },
        { text: "요.", found: false },
      ],
    });
    expect(rest).toEqual([]);
  });

  it("tell nothing of a word that holds masked data, and doubt none that the recogniser does not", () => {
    const words = [
      word("[전화번호]예요.", { suspect: true, nearest: ["번동"] }),
      word("네.", { probability: 0.1 }),
    ];
    expect(shape(piecesOf(said("a", { text: "[전화번호]예요. 네.", words, confidence: 0.1 })))).toEqual([
      ["[전화번호]", "masked"],
      ["예요. 네.", "plain"],
    ]);
  });

  it("mark what was searched, and lose nothing of the text", () => {
    const pieces = piecesOf(said("a", { text: "KTX 예매와 ktx 환불" }), "Ktx");
    expect(pieces.flatMap((piece) => piece.runs.filter((run) => run.found).map((run) => run.text))).toEqual(["KTX", "ktx"]);
    expect(pieces.map(textOf).join("")).toBe("KTX 예매와 ktx 환불");
    expect(hitsIn("아무 말", " ")).toEqual([]);
  });
});
