import { describe, expect, it } from "vitest";
import { EMPTY_FORM, follow, offersDraft, takeDraft, textOf, typed, undoDraft } from "../src/form";
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
});
