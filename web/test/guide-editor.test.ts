import { describe, expect, it } from "vitest";
import type { GuideText, GuideVersion } from "../src/contracts";
import { type Line, differences, folded, linesOf } from "../src/guide-editor/diff";
import { type Draft, type DraftEvent, EMPTY_GUIDE, after, draftOf, isUnsaved, mayPublish, saveOf } from "../src/guide-editor/draft";
import { FIRST, PAGE, countOf, queryOf, withFilter } from "../src/guide-editor/list-query";
import { sectionsOf } from "../src/guide-editor/sections";

const text = (title: string): GuideText => ({ ...EMPTY_GUIDE, title, body: "본문" });

function version(edit: number, fields: Partial<GuideVersion> = {}): GuideVersion {
  return {
    article_id: "a", version: 1, status: "draft", edit, text: text("여권"), author: "lee", reviewer: "", at_ms: 1, note: "",
    ...fields,
  };
}

const run = (draft: Draft, ...events: DraftEvent[]): Draft => events.reduce(after, draft);
const typed = (title: string): DraftEvent => ({ kind: "typed", change: { title } });
const stored = (edit: number, title: string): DraftEvent => ({
  kind: "stored", version: version(edit, { text: text(title) }), at_ms: 5,
});

describe("the draft", () => {
  it("says which edit was worked on, and none for a new version", () => {
    expect(saveOf(run(draftOf("a", [version(3)]), typed("새 제목")))).toMatchObject({ edit: 3, text: { title: "새 제목" } });
    const published = draftOf("a", [version(7, { status: "published" })]);
    expect(saveOf(run(published, typed("새 제목")))).toMatchObject({ edit: 0 });
  });

  it("sends nothing while nothing changed, while something is under way, and without a title", () => {
    const draft = draftOf("a", [version(1)]);
    expect(saveOf(draft)).toBeNull();
    expect(saveOf(run(draft, typed("가"), { kind: "sent" }))).toBeNull();
    expect(saveOf(run(draftOf("", []), { kind: "typed", change: { body: "본문" } }))).toBeNull();
  });

  it("is saved once all of it is, and not when more was typed meanwhile", () => {
    const sent = run(draftOf("a", [version(1)]), typed("가"), { kind: "sent" });
    expect(run(sent, stored(2, "가"))).toMatchObject({ state: "clean", open: { edit: 2 }, saved_at_ms: 5 });
    const behind = run(sent, typed("가나"), stored(2, "가"));
    expect(behind).toMatchObject({ state: "dirty", text: { title: "가나" } });
    expect(saveOf(behind)).toMatchObject({ edit: 2, text: { title: "가나" } });
  });

  it("of a new article gets its id with the first answer", () => {
    const draft = run(draftOf("", []), typed("가"), { kind: "sent" }, stored(1, "가"));
    expect(draft).toMatchObject({ id: "a", state: "clean" });
  });

  it("is kept and sent again after a failure; what was refused waits for another text", () => {
    const failed = run(draftOf("a", [version(1)]), typed("가"), { kind: "sent" }, { kind: "failed", message: "" }, typed("가나"));
    expect(saveOf(failed)).toMatchObject({ text: { title: "가나" } });
    const refused = run(failed, { kind: "sent" }, { kind: "refused", message: "날짜" });
    expect([saveOf(refused), isUnsaved(refused), refused.message]).toEqual([null, true, "날짜"]);
    expect(saveOf(run(refused, typed("나")))).not.toBeNull();
  });

  it("keeps what was typed while a step was under way", () => {
    const moved: DraftEvent = { kind: "moved", open: version(4, { status: "review" }), text: text("여권") };
    const draft = draftOf("a", [version(3)]);
    expect(run(draft, moved)).toMatchObject({ state: "clean", open: { edit: 4 }, text: { title: "여권" } });
    expect(saveOf(run(draft, typed("더"), moved))).toMatchObject({ edit: 4, text: { title: "더" } });
  });

  describe("in a conflict", () => {
    const newer = version(9, { text: text("저쪽"), author: "park" });
    const conflict = run(draftOf("a", [version(1)]), typed("내 것"), { kind: "sent" }, { kind: "overtaken", newer });

    it("sends nothing until somebody chose, and loses nothing that is typed", () => {
      const more = run(conflict, typed("내 것 더"));
      expect([more.state, saveOf(more), more.text.title]).toEqual(["conflict", null, "내 것 더"]);
    });

    it("mine goes over theirs", () => {
      expect(saveOf(run(conflict, { kind: "mine" }))).toMatchObject({ edit: 9, text: { title: "내 것" } });
    });

    it("theirs replaces mine", () => {
      expect(run(conflict, { kind: "theirs" })).toMatchObject({ state: "clean", text: { title: "저쪽" }, open: { edit: 9 } });
    });

    it("with a version that is no longer open, mine begins a new one", () => {
      const gone = run(conflict, { kind: "overtaken", newer: null });
      expect(saveOf(run(gone, { kind: "mine" }))).toMatchObject({ edit: 0 });
    });
  });
});

it("nobody publishes what they wrote themselves but admins", () => {
  const review = version(2, { status: "review" });
  expect(mayPublish(review, { staff_id: "lee", role: "editor" })).toBe(false);
  expect(mayPublish(review, { staff_id: "park", role: "editor" })).toBe(true);
  expect(mayPublish(version(2), { staff_id: "park", role: "supervisor" })).toBe(false);
  expect(mayPublish(version(2), { staff_id: "lee", role: "admin" })).toBe(true);
});

describe("filters", () => {
  it("become the list's query", () => {
    expect(queryOf(FIRST)).toBe(`limit=${PAGE}`);
    const all = { tab: "stale", text: " 여권 재발급 ", sort: "use", district: "종로구", offset: 50 } as const;
    expect(Object.fromEntries(new URLSearchParams(queryOf(all)))).toEqual({
      flag: "stale", text: "여권 재발급", sort: "use", district: "종로구", offset: "50", limit: String(PAGE),
    });
    expect(queryOf({ ...FIRST, tab: "draft" })).toContain("status=draft");
  });

  it("begin on the first page again when another choice is made", () => {
    const second = withFilter(FIRST, { offset: 50 });
    expect(withFilter(second, { text: "여권" })).toMatchObject({ text: "여권", offset: 0 });
  });

  it("carry the counts there are", () => {
    const figures = { days: [], published: 9, stale: 2, unused: 0, needs_revision: 1, open_gaps: 4 };
    expect([countOf("gaps", figures), countOf("unused", figures), countOf("all", figures), countOf("stale", null)]).toEqual([4, 0, null, null]);
  });
});

describe("differences", () => {
  const told = (lines: readonly Line[]): string[] =>
    lines.map((line) => (line.kind === "skipped" ? `~${line.count}` : `${{ same: " ", out: "-", in: "+" }[line.kind]}${line.text}`));
  const of = (before: string, now: string): string[] => told(differences([...before], [...now]));

  it("are the fewest lines", () => {
    expect(of("abcd", "acxd")).toEqual([" a", "-b", " c", "+x", " d"]);
    expect(of("", "ab")).toEqual(["+a", "+b"]);
    expect(of("ab", "ab")).toEqual([" a", " b"]);
    expect(of("abcabba", "cbabac").filter((line) => line.startsWith(" "))).toHaveLength(4);
  });

  it("give both texts back, whatever they are", () => {
    const pick = (seed: number): string[] => Array.from({ length: 40 }, (_, at) => String(((at + 1) * seed * 7919) % 5));
    for (let seed = 1; seed < 30; seed += 1) {
      const before = pick(seed);
      const now = pick(seed + 31);
      const lines = differences(before, now);
      const side = (kind: "out" | "in"): string[] =>
        lines.flatMap((line) => (line.kind === "same" || line.kind === kind ? [line.text] : []));
      expect([side("out"), side("in")]).toEqual([before, now]);
    }
  });

  it("of very long texts are found in time", () => {
    const before = Array.from({ length: 5000 }, (_, at) => `줄 ${at}`);
    const now = before.map((line, at) => (at % 2 ? line : `${line}!`));
    const started = performance.now();
    expect(differences(before, now)).not.toHaveLength(0);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it("leave out what is equal and far away", () => {
    expect(told(folded(differences([..."abcdefgh"], [..."abcdXfgh"])))).toEqual(["~2", " c", " d", "-e", "+X", " f", " g", "~1"]);
  });

  it("of guides name the fields", () => {
    expect(linesOf({ ...text("여권"), keywords: ["가", "나"], body: "한 줄\n두 줄\n" }, (field) => field)).toEqual([
      "title: 여권", "keywords: 가, 나", "한 줄", "두 줄",
    ]);
  });
});

it("sections are what a card would show", () => {
  expect(sectionsOf("머리말입니다.\n\n# 여권\n\n## 준비물\n\n- 사진 **1장**\n- 신분증\n\n| 가 | 나 |\n|---|---|\n")).toEqual([
    { heading: "", text: "머리말입니다." },
    { heading: "준비물", text: "· 사진 1장\n· 신분증\n가 | 나" },
  ]);
  expect(sectionsOf("긴 글 ".repeat(200))[0]?.text.length).toBeLessThanOrEqual(301);
});
