import { expect, it } from "vitest";
import { pagesOf, restIn, routeIn } from "../src/route";

it("an address names a page and what is open on it", () => {
  expect([routeIn("#/guides/a%2Fb"), restIn("#/guides/a%2Fb")]).toEqual(["guides", "a/b"]);
  expect([routeIn("#/quality"), restIn("#/quality")]).toEqual(["quality", ""]);
  expect(["#/board", "#/board?topic=3020", "#/board/wall"].map(routeIn)).toEqual(["board", "board", "board"]);
  expect([routeIn("#/contact/1"), routeIn(""), routeIn("#/guidesx")]).toEqual(["panel", "panel", "panel"]);
  expect(restIn("#/guides/100%")).toBe("100%");
});

it("agents have one page, the wrap-ups' quality is for those who lead", () => {
  expect(pagesOf("agent")).toEqual([]);
  expect(pagesOf("editor")).toEqual(["panel", "guides"]);
  expect(pagesOf("supervisor")).toEqual(["board", "panel", "guides", "quality"]);
  expect(pagesOf(undefined)).toEqual([]);
});
