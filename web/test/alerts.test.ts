import { beforeEach, describe, expect, it } from "vitest";
import { columnsOf, deedTimes, isAbove, isIn } from "../src/alerts/chart";
import { actsOf, deedOf, isMissing } from "../src/alerts/deeds";
import { idOf, neighbour, sorted, withAnswers } from "../src/alerts/list";
import { isAlertPlace } from "../src/alerts/place";
import { chanceText, deedText, effectSentences, firstBy, foundSentence, seenText, usualText } from "../src/alerts/sentences";
import { figure, fromLocalInput, localInput, span, when } from "../src/alerts/times";
import { UNTYPED, folded, keepTyped, readTyped, sent, withField } from "../src/alerts/typed";
import { daysOf, lastWeeks, weekOf } from "../src/alerts/weeks";
import type { AlertAction, AlertHead, AlertLine, Effect, Finding, HourPoint } from "../src/contracts";
import { lang } from "../src/preferences";

const NOW = new Date(2026, 10, 23, 11, 0).getTime();
const HOUR = 3_600_000;

const FOUND: Finding = {
  alert_id: "a",
  revision: 1,
  kind: "rise",
  lane: "usual",
  severity: "warning",
  title: "마포구 · 누수·단수·수질",
  raised_at_ms: NOW,
  first_ms: NOW - HOUR,
  last_ms: NOW,
  window_ms: HOUR,
  seen: 14,
  expected: 2.13,
  p_value: 3.2e-5,
  contacts: 21,
  topics: [{ topic: "water.leak", label: "상하수도 > 누수·단수·수질", contacts: 21 }],
  districts: [{ district: "마포구", contacts: 20 }],
  phrases: [],
  danger: null,
  complaints: 3,
  department: "",
  quotes: [],
  simulated: false,
};

const HEAD: AlertHead = {
  state: "new",
  department: "",
  person: "",
  muted_until_ms: 0,
  acknowledged_at_ms: null,
  assigned_at_ms: null,
  acted_at_ms: null,
  closed_at_ms: null,
  reason: null,
};

function line(alert_id: string, more: Partial<Finding> = {}, head: Partial<AlertHead> = {}): AlertLine {
  return { finding: { ...FOUND, alert_id, ...more }, head: { ...HEAD, ...head } };
}

const ids = (lines: readonly AlertLine[]): string => lines.map(idOf).join("");

beforeEach(() => {
  lang.value = "ko";
});

describe("the inbox", () => {
  const old = line("o", { raised_at_ms: NOW - 2 });
  const young = line("y", { raised_at_ms: NOW - 1 });
  const safe = line("s", { raised_at_ms: NOW - 9, lane: "safety" });

  it("lists safety first, then the newest", () => {
    expect(ids(sorted([old, safe, young]))).toBe("syo");
  });

  it("knows its neighbours and ends", () => {
    const lines = [safe, young, old];
    expect([neighbour(lines, "y", 1), neighbour(lines, "y", -1)]).toEqual(["o", "s"]);
    expect([neighbour(lines, "o", 1), neighbour(lines, "?", 1), neighbour([], "", 1)]).toEqual([null, "s", null]);
  });

  it("takes what was just done here before what the list tells", () => {
    const answers = new Map([["o", line("o", {}, { state: "closed" })]]);
    expect(ids(withAnswers([old, young], answers, false))).toBe("y");
    expect(ids(withAnswers([old], answers, true))).toBe("o");
  });
});

describe("sentences", () => {
  it("says what was seen, with figures, as of now or as of then", () => {
    expect(foundSentence(FOUND, NOW)).toBe(
      "지난 1시간 동안 마포구에서 누수·단수·수질 문의가 14건 들어왔습니다. 평소에는 2.1건입니다. 우연이라면 3만 번에 한 번 있을 일입니다.",
    );
    expect(seenText(FOUND, NOW + 2 * HOUR)).toBe("11:00까지 1시간 14건");
    lang.value = "en";
    expect(foundSentence(FOUND, NOW)).toBe(
      "Last 1 h: 14 contacts about 누수·단수·수질 in 마포구. Usually 2.1. By chance this happens once in 30,000.",
    );
  });

  it("says of what is never asked for that it is not", () => {
    expect(usualText({ ...FOUND, expected: 0.04 })).toBe("평소 거의 없음");
    expect(usualText(FOUND)).toBe("평소 2.1건");
    expect(foundSentence({ ...FOUND, expected: 0 }, NOW)).toContain("14건 들어왔습니다. 평소에는 거의 없습니다. 우연이라면");
  });

  it("names the danger, more districts and more topics, and words never said before", () => {
    const many = { ...FOUND, districts: ["가구", "나구", "다구"].map((district) => ({ district, contacts: 1 })) };
    expect(foundSentence({ ...many, danger: "gas" }, NOW)).toContain("가구, 나구 외 1곳에서 가스 문의가 14건");
    const topics = [...FOUND.topics, { topic: "x", label: "", contacts: 1 }];
    expect(foundSentence({ ...FOUND, topics, districts: [] }, NOW)).toContain("동안 누수·단수·수질 외 1가지 문의가");
    expect(foundSentence({ ...FOUND, topics: [] }, NOW)).toContain("여러 가지 문의가");
    const phrases = [
      { phrase: "수돗물", contacts: 9, is_new: false },
      { phrase: "타는 냄새", contacts: 4, is_new: true },
    ];
    expect(foundSentence({ ...FOUND, kind: "new_phrase", phrases }, NOW)).toContain(
      "마포구에서 처음 나온 말 '타는 냄새' 문의가 14건",
    );
    expect(foundSentence({ ...FOUND, kind: "new_phrase" }, NOW)).toContain("누수·단수·수질 문의가");
    expect(foundSentence({ ...FOUND, kind: "cluster" }, NOW)).toContain("이웃한 마포구에서 누수");
  });

  it("says chance as people count", () => {
    expect([0.5, NaN, 0.013, 0.0011, 2e-6, 1e-9, 0].map(chanceText)).toEqual([
      "",
      "",
      "우연이라면 80번에 한 번 있을 일입니다.",
      "우연이라면 900번에 한 번 있을 일입니다.",
      "우연이라면 50만 번에 한 번 있을 일입니다.",
      "우연이라면 백만 번에 한 번도 없을 일입니다.",
      "우연이라면 백만 번에 한 번도 없을 일입니다.",
    ]);
  });

  it("tells whether contacts fell", () => {
    const effect: Effect = { acted_at_ms: NOW, before_per_h: 12.3, after_per_h: 0.1, hours_after: 5, verdict: "fell" };
    expect(effectSentences(effect)).toEqual({
      verdict: "문의가 줄었습니다.",
      figures: "조치 전에는 시간마다 평소보다 12건 많았고, 조치 뒤 5시간 동안은 평소만큼이었습니다.",
    });
    expect(effectSentences({ ...effect, after_per_h: -1.26, before_per_h: 0 }).figures).toBe(
      "조치 전에는 평소만큼이었고, 조치 뒤 5시간 동안은 시간마다 평소보다 1.3건 적었습니다.",
    );
    const early = effectSentences({ ...effect, hours_after: 0.5, verdict: "too_early" });
    expect(early.figures).toBe("조치 전에는 시간마다 평소보다 12건 많았습니다. 조치한 지 30분 지났습니다.");
    lang.value = "en";
    expect(effectSentences(effect).figures).toBe("Before: 12 an hour above the usual. In the 5 h since: as usual.");
  });

  it("tells what was done", () => {
    expect(deedText({ kind: "assigned", department: "아리수본부", person: "", note: "" }, NOW)).toBe("아리수본부에 배정했습니다");
    expect(deedText({ kind: "acted", note: "복구", done_at_ms: NOW - HOUR }, NOW)).toBe("10:00에 한 조치를 적었습니다");
    expect(deedText({ kind: "muted", until_ms: 0 }, NOW)).toBe("알림을 다시 켰습니다");
    expect(deedText({ kind: "closed", reason: "expected", note: "" }, NOW)).toBe("닫았습니다: 미리 알던 일(행사, 마감)");
  });

  it("finds the colleague who was first", () => {
    const did = (action_id: number, staff_id: string): AlertAction => ({
      action_id,
      staff_id,
      at_ms: NOW,
      deed: { kind: "acknowledged" },
    });
    const before = [did(1, "lee")];
    expect(firstBy(before, [...before, did(2, "park"), did(3, "me")], "me")?.action_id).toBe(2);
    expect(firstBy(before, before, "me")).toBeNull();
  });
});

describe("times", () => {
  it("are short today and dated otherwise", () => {
    expect([when(NOW, NOW), when(NOW - 24 * HOUR, NOW), when(NOW - 400 * 24 * HOUR, NOW)]).toEqual([
      "11:00",
      "11.22. 11:00",
      "2025.10.19. 11:00",
    ]);
  });

  it("says lengths and figures", () => {
    expect([15 * 60_000, HOUR, 1.5 * HOUR, 24 * HOUR, 48 * HOUR, 42 * 24 * HOUR].map(span)).toEqual([
      "15분",
      "1시간",
      "1.5시간",
      "24시간",
      "2일",
      "6주",
    ]);
    expect([0, 2.13, 9.96, 14.4, 1234.5].map(figure)).toEqual(["0", "2.1", "10", "14", "1,235"]);
  });

  it("goes through a date field and back", () => {
    expect(localInput(NOW)).toBe("2026-11-23T11:00");
    expect([fromLocalInput("2026-11-23T11:00"), fromLocalInput("")]).toEqual([NOW, null]);
  });
});

describe("deeds", () => {
  it("says what is missing, by field", () => {
    expect(deedOf("assigned", { department: " " }, NOW)).toEqual({ field: "department", word: "needed" });
    expect(deedOf("acted", { note: "" }, NOW)).toEqual({ field: "note", word: "needed" });
    expect(deedOf("acted", { note: "a", when: "x" }, NOW)).toEqual({ field: "when", word: "badTime" });
    expect(deedOf("acted", { note: "a", when: localInput(NOW + HOUR) }, NOW)).toEqual({ field: "when", word: "futureTime" });
    expect(deedOf("closed", { note: "a" }, NOW)).toEqual({ field: "reason", word: "needed" });
    expect(isMissing(deedOf("noted", {}, NOW))).toBe(true);
  });

  it("makes the deed, now when no time was chosen", () => {
    expect(deedOf("acted", { note: " 복구 " }, NOW)).toEqual({ kind: "acted", note: "복구", done_at_ms: NOW });
    expect(deedOf("acted", { note: "복구", when: localInput(NOW - HOUR) }, NOW)).toEqual({
      kind: "acted",
      note: "복구",
      done_at_ms: NOW - HOUR,
    });
    expect(deedOf("muted", { hours: "12" }, NOW)).toEqual({ kind: "muted", until_ms: NOW + 12 * HOUR });
    expect(deedOf("closed", { reason: "real" }, NOW)).toEqual({ kind: "closed", reason: "real", note: "" });
  });

  it("offers what fits the state", () => {
    expect(actsOf(HEAD, NOW)[0]).toBe("acknowledged");
    expect(actsOf({ ...HEAD, state: "assigned", muted_until_ms: NOW + 1 }, NOW)).toEqual([
      "assigned",
      "acted",
      "noted",
      "unmuted",
      "closed",
    ]);
    expect(actsOf({ ...HEAD, state: "closed" }, NOW)).toEqual(["reopened", "acted", "noted"]);
  });
});

describe("what was typed", () => {
  it("is kept until it is sent, and survives folding up", () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
    const typed = withField(withField({ ...UNTYPED, open: "acted" }, "acted", "note", "복"), "acted", "note", "복구");
    keepTyped(storage, "a", folded(typed));
    expect(readTyped(storage, "a")).toEqual({ open: null, forms: { acted: { note: "복구" } } });
    expect(readTyped(storage, "b")).toEqual(UNTYPED);
    keepTyped(storage, "a", sent(typed, "acted"));
    expect(kept.size).toBe(0);
    kept.set("sangdam.alert.a", "{");
    expect(readTyped(storage, "a")).toEqual(UNTYPED);
  });
});

describe("the chart", () => {
  const point = (at: number, seen: number, is_whole = true): HourPoint => ({
    hour_ms: at * HOUR,
    seen,
    expected: 2,
    upper: 6,
    is_whole,
  });

  it("puts each hour into one column and ends with the last hour's end", () => {
    const columns = columnsOf([point(1, 2), point(2, 7), point(3, 1, false)]);
    expect(columns.at_ms).toEqual([HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR]);
    expect(columns.within).toEqual([2, null, null, null]);
    expect(columns.above).toEqual([null, 7, null, null]);
    expect(columns.open).toEqual([null, null, 1, null]);
    expect([columns.expected.length, columns.most]).toEqual([4, 7]);
    expect(columnsOf([]).at_ms).toEqual([]);
    expect([isAbove(point(1, 6)), isAbove(point(1, 7)), isIn(point(1, 0), 2 * HOUR)]).toEqual([false, true, false]);
  });

  it("marks each deed once, in order", () => {
    const acted = (done_at_ms: number): AlertAction => ({
      action_id: done_at_ms,
      at_ms: 9,
      staff_id: "a",
      deed: { kind: "acted", note: "", done_at_ms },
    });
    const noted: AlertAction = { action_id: 8, at_ms: 9, staff_id: "a", deed: { kind: "noted", note: "x" } };
    expect(deedTimes([acted(5), noted, acted(2), acted(5)])).toEqual([2, 5]);
  });
});

describe("weeks and places", () => {
  it("counts ISO weeks over the turn of a year", () => {
    expect([weekOf(new Date(2026, 10, 23)), weekOf(new Date(2027, 0, 3)), weekOf(new Date(2027, 0, 4))]).toEqual([
      "2026-W48",
      "2026-W53",
      "2027-W01",
    ]);
    expect(daysOf("2026-W48")).toEqual({ year: 2026, week: 48, from: "11.23.", to: "11.29." });
    expect(daysOf("2027-W01")).toEqual({ year: 2027, week: 1, from: "1.4.", to: "1.10." });
    expect(daysOf("../x")).toBeNull();
    expect(lastWeeks(new Date(2027, 0, 5), 2)).toEqual(["2026-W53", "2026-W52", "2027-W01"]);
  });

  it("knows its addresses", () => {
    expect(["+rules", "+reports", "01234567-89ab-4def-8123-456789abcdef", "wall", "contacts", ""].map(isAlertPlace)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
