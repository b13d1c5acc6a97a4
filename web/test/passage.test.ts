import { describe, expect, it } from "vitest";
import { type Block, type Inline, blocksOf } from "../src/markdown";
import { withPassage } from "../src/passage";

const BODY = `# 여권 재발급

구청 민원여권과에서 **신청**합니다. 수수료는 53,000원입니다.

## 준비물

- 사진 1장
- 신분증

| 종류 | 수수료 |
|---|---|
| 10년 | 53,000원 |
`;

function marked(passage: string): string[] {
  const inlines = (block: Block): Inline[] => {
    if (block.kind === "list") return block.items.flat();
    return block.kind === "table" ? block.rows.flat(2) : block.content;
  };
  return withPassage(blocksOf(BODY), passage)
    .flatMap(inlines)
    .filter((part) => part.isMarked)
    .map((part) => part.text);
}

describe("a passage in its article", () => {
  it("is marked over bold words", () => {
    expect(marked("민원여권과에서 신청합니다.")).toEqual(["민원여권과에서 ", "신청", "합니다"]);
  });

  it("is marked over list items and cells", () => {
    expect(marked("준비물\n- 사진 1장\n- 신분증")).toEqual(["준비물", "사진 1장", "신분증"]);
    expect(marked("종류: 수수료\n10년: 53,000원")).toEqual(["종류", "수수료", "10년", "53,000원"]);
  });

  it("is marked sentence by sentence where something else stands between", () => {
    expect(marked("구청 민원여권과에서 신청합니다. 전화로는 안 됩니다. 수수료는 53,000원입니다.")).toEqual([
      "구청 민원여권과에서 ", "신청", "합니다", "수수료는 53,000원입니다",
    ]);
  });

  it("of other words marks nothing and loses nothing", () => {
    expect(marked("주차장 이용 안내")).toEqual([]);
    expect(withPassage(blocksOf(BODY), "")).toEqual(blocksOf(BODY));
  });
});
