import { describe, expect, it } from "vitest";
import type { DraftDay } from "../src/contracts";
import { everyDay, percent, periodIn, spanOf } from "../src/quality";

const figures: DraftDay["figures"] = {
  saved: 3,
  drafted: 2,
  unedited: 1,
  edit_share_p50: 0.1,
  edit_share_p90: 0.4,
  kept_chars: 100,
  seconds_saved: 30,
  after_call_s_p50: 20,
  after_call_s_p90: 60,
  withheld: 0,
  doubts: 0,
  fallbacks: 0,
};

describe("figures of drafts", () => {
  it("reads the period of the address, a month by itself", () => {
    expect(["7", "30", "90", "", "8", "x"].map(periodIn)).toEqual([7, 30, 90, 30, 30, 30]);
  });

  it("says shares in per cent, and nothing of nothing", () => {
    expect([percent(1, 3), percent(0.126), percent(0, 5), percent(0, 0), percent(null)]).toEqual([
      "33%",
      "13%",
      "0%",
      "–",
      "–",
    ]);
  });

  it("fills the days between, over the end of a month and a leap day", () => {
    const days = everyDay([
      { date: "2028-02-28", figures },
      { date: "2028-03-02", figures },
    ]);
    expect(days.map((day) => [day.date, day.figures.saved])).toEqual([
      ["2028-02-28", 3],
      ["2028-02-29", 0],
      ["2028-03-01", 0],
      ["2028-03-02", 3],
    ]);
    expect(everyDay([])).toEqual([]);
  });

  it("says time in a unit that fits", () => {
    expect(spanOf(0)).toEqual({ value: "0", unit: "seconds" });
    expect(spanOf(119)).toEqual({ value: "119", unit: "seconds" });
    expect(spanOf(600)).toEqual({ value: "10", unit: "minutes" });
    expect(spanOf(9000)).toEqual({ value: "2.5", unit: "hours" });
  });
});
