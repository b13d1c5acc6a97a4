import { describe, expect, it } from "vitest";
import {
  DEFAULT_ROWS,
  EMPTY_FORM,
  doubtsOf,
  follow,
  missing,
  offersDraft,
  otherCategories,
  takeDraft,
  textOf,
  typed,
  undoDraft,
  visible,
} from "../src/form";
import { drafted, edited, viewOf } from "./events";

const draft = drafted(1, {
  lines: [
    { field: "inquiry", text: "여권 재발급 문의", evidence: ["a"], doubts: [] },
    { field: "inquiry", text: "수수료 문의", evidence: ["b"], doubts: [] },
    { field: "followup", text: "다시 연락", evidence: ["c"], doubts: [] },
  ],
  category: { label: "민원", confidence: 0.7, evidence: ["a"], code: "" },
});

describe("the summary form", () => {
  it("takes the lines of the draft by field", () => {
    expect(textOf(draft)).toMatchObject({
      inquiry: "여권 재발급 문의\n수수료 문의",
      handling: "",
      followup: "다시 연락",
      category: "민원",
    });
  });

  it("follows newer drafts until the agent types; then offers them only", () => {
    const first = follow(EMPTY_FORM, viewOf({ draft }), 0, false);
    expect(first.text.inquiry).toContain("수수료");
    const newer = drafted(2, { lines: [{ field: "inquiry", text: "새 초안", evidence: ["a"], doubts: [] }] });
    expect(follow(first, viewOf({ draft: newer }), 0, false).text.inquiry).toBe("새 초안");

    const own = typed(first, "inquiry", "제 글");
    const after = follow(own, viewOf({ draft: newer }), 1, true);
    expect(after.text.inquiry).toBe("제 글");
    expect(offersDraft(after, newer)).toBe(true);
    expect(offersDraft(after, draft)).toBe(false);
  });

  it("gives the agent's text back after a draft was taken over it", () => {
    const own = typed(EMPTY_FORM, "inquiry", "제 글");
    const taken = takeDraft(own, draft);
    expect(taken.text.inquiry).toContain("여권");
    expect(offersDraft(taken, draft)).toBe(false);
    expect(undoDraft(taken).text.inquiry).toBe("제 글");
  });

  it("takes in a text from elsewhere, but never over something unsaved here", () => {
    const other = edited(5, { text: { ...EMPTY_FORM.text, inquiry: "다른 창" } });
    const own = typed(EMPTY_FORM, "inquiry", "제 글");
    expect(follow(own, viewOf({ edited: other }), 4, true).text.inquiry).toBe("제 글");
    expect(follow(own, viewOf({ edited: other }), 4, false).text.inquiry).toBe("다른 창");
    expect(follow(own, viewOf({ edited: other }), 5, false)).toBe(own);
  });

  it("after a reload knows which draft the stored text already knew", () => {
    const view = viewOf({ draft, edited: edited(3, { at_ms: 2000 }) });
    expect(offersDraft(follow(EMPTY_FORM, view, 0, false), draft)).toBe(false);
    const later = { ...draft, at_ms: 3000 };
    const lateView = viewOf({ draft: later, edited: edited(3, { at_ms: 2000 }) });
    expect(offersDraft(follow(EMPTY_FORM, lateView, 0, false), later)).toBe(true);
  });

  it("remembers which draft the text was begun from, whatever comes later", () => {
    expect(typed(EMPTY_FORM, "inquiry", "제 글").drafted).toBeNull();
    const first = follow(EMPTY_FORM, viewOf({ draft }), 0, false);
    expect(first.drafted).toBe(1);
    const own = typed(first, "inquiry", "제 글");
    const newer = drafted(2);
    expect(follow(own, viewOf({ draft: newer }), 1, true).drafted).toBe(1);
    const taken = takeDraft(own, newer);
    expect(taken.drafted).toBe(2);
    expect(undoDraft(taken).drafted).toBe(1);
    const other = edited(9, { drafted: 2 });
    expect(follow(own, viewOf({ draft: newer, edited: other }), 1, false).drafted).toBe(2);
  });
});

describe("what nobody said", () => {
  const doubtful = drafted(3, {
    lines: [
      {
        field: "handling",
        text: "😀 수수료 5만 원, 3일 안내",
        evidence: ["a"],
        doubts: [
          { start: 6, end: 10, kind: "amount" },
          { start: 12, end: 14, kind: "date" },
        ],
      },
      { field: "inquiry", text: "여권 문의", evidence: ["a"], doubts: [] },
    ],
  });
  const form = follow(EMPTY_FORM, viewOf({ draft: doubtful }), 0, false);

  it("is cut out by characters, not by code units", () => {
    expect(doubtsOf(form, doubtful)).toEqual([
      {
        field: "handling",
        pieces: [
          { text: "😀 수수료 ", kind: null },
          { text: "5만 원", kind: "amount" },
          { text: ", ", kind: null },
          { text: "3일", kind: "date" },
          { text: " 안내", kind: null },
        ],
      },
    ]);
  });

  it("is doubted while the line stands as it was drafted, and of the draft of this text alone", () => {
    expect(doubtsOf(typed(form, "inquiry", "다른 말"), doubtful)).toHaveLength(1);
    expect(doubtsOf(typed(form, "handling", "수수료를 안내"), doubtful)).toEqual([]);
    expect(doubtsOf(typed(form, "handling", `${doubtful.lines[0]!.text}\n더 쓴 줄`), doubtful)).toHaveLength(1);
    expect(doubtsOf(form, { ...doubtful, revision: 4 })).toEqual([]);
    expect(doubtsOf(form, null)).toEqual([]);
  });
});

describe("the site's form", () => {
  const one = { label: "여권", confidence: 0.6, evidence: [], code: "A1" };
  const two = { label: "교통", confidence: 0.3, evidence: [], code: "B2" };

  it("offers the categories that are not in the field", () => {
    const withTwo = drafted(1, { category: one, alternatives: [two] });
    const form = follow(EMPTY_FORM, viewOf({ draft: withTwo }), 0, false);
    expect(otherCategories(form, withTwo)).toEqual([two]);
    expect(otherCategories(typed(form, "category", "교통"), withTwo)).toEqual([one]);
    expect(otherCategories(typed(form, "category", "내 유형"), withTwo)).toEqual([one, two]);
    expect(otherCategories(form, null)).toEqual([]);
  });

  it("leaves out what it does not show", () => {
    const text = { ...EMPTY_FORM.text, inquiry: "여권", agency: "종로구청" };
    expect(visible(text, DEFAULT_ROWS)).toEqual({ ...EMPTY_FORM.text, inquiry: "여권" });
  });

  it("points out what is required and empty", () => {
    const rows = DEFAULT_ROWS.map((row) => ({ ...row, required: row.name !== "followup" }));
    expect(missing(EMPTY_FORM, rows)).toEqual(["inquiry", "handling", "category"]);
    expect(missing(typed(EMPTY_FORM, "inquiry", " "), rows)).toContain("inquiry");
    expect(missing(typed(EMPTY_FORM, "inquiry", "여권"), rows)).toEqual(["handling", "category"]);
  });
});
