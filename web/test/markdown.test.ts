import { expect, it } from "vitest";
import { blocksOf, inlineOf } from "../src/markdown";

it("reads what guides are written in", () => {
  const blocks = blocksOf("# 여권\n\n구청에\n신청\n\n- 사진 1장\n- 신분증\n1. 접수\n\n| 종류 | 수수료 |\n|---|---:|\n| 복수 | 5만 원 |");
  expect(blocks.map((block) => block.kind)).toEqual(["heading", "paragraph", "list", "list", "table"]);
  expect(blocks[1]).toEqual({
    kind: "paragraph",
    content: [
      { kind: "text", text: "구청에" },
      { kind: "text", text: " " },
      { kind: "text", text: "신청" },
    ],
  });
  expect(blocks[4]).toMatchObject({ rows: [[[{ text: "종류" }], [{ text: "수수료" }]], [[{ text: "복수" }], [{ text: "5만 원" }]]] });
});

it("knows bold and links, and links nowhere but the web", () => {
  expect(inlineOf("**꼭** [누리집](https://example.go.kr/a) 참고")).toEqual([
    { kind: "strong", text: "꼭" },
    { kind: "text", text: " " },
    { kind: "link", text: "누리집", address: "https://example.go.kr/a" },
    { kind: "text", text: " 참고" },
  ]);
  expect(inlineOf("[x](javascript:alert(1))")).toEqual([{ kind: "text", text: "[x](javascript:alert(1))" }]);
  expect(inlineOf("<b>글</b>")).toEqual([{ kind: "text", text: "<b>글</b>" }]);
});
