import { beforeEach, describe, expect, it } from "vitest";
import { Autosave, type PutResult, type SaveState } from "../src/autosave";
import type { SummaryEdit } from "../src/contracts";

const text = (inquiry: string) => ({ inquiry, handling: "", followup: "", agency: "", due: "", owner: "", category: "", result: "" });

let puts: { edit: SummaryEdit; done: (result: PutResult) => void; fail: () => void }[];
let lasts: SummaryEdit[];
let timers: { run: () => void; delay_ms: number }[];
let states: SaveState["kind"][];
let autosave: Autosave;

beforeEach(() => {
  puts = [];
  lasts = [];
  timers = [];
  states = [];
  autosave = new Autosave(
    {
      put: (edit) =>
        new Promise((done, reject) => puts.push({ edit, done, fail: () => reject(new Error("network")) })),
      putLast: (edit) => lasts.push(edit),
      now: () => 42,
      later: (run, delay_ms) => timers.push({ run, delay_ms }),
      onState: (state) => states.push(state.kind),
    },
    3,
  );
});

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("autosave", () => {
  it("has one request under way and then sends the newest text only", async () => {
    for (const typed of ["여", "여권", "여권 재", "여권 재발급"]) autosave.change(text(typed), false);
    expect(puts.map((put) => put.edit.text.inquiry)).toEqual(["여"]);
    puts[0]!.done({ kind: "ok" });
    await settled();
    expect(puts.map((put) => [put.edit.text.inquiry, put.edit.revision])).toEqual([
      ["여", 4],
      ["여권 재발급", 7],
    ]);
    expect(autosave.isDirty).toBe(true);
    puts[1]!.done({ kind: "ok" });
    await settled();
    expect(autosave.isDirty).toBe(false);
    expect(states.at(-1)).toBe("saved");
  });

  it("tries again after a failure, each time later, with the newest text", async () => {
    autosave.change(text("여권"), false);
    puts[0]!.fail();
    await settled();
    expect(states.at(-1)).toBe("failed");
    autosave.change(text("여권을"), true);
    expect(puts).toHaveLength(1);
    timers[0]!.run();
    expect(puts[1]!.edit).toMatchObject({ text: text("여권을"), saved: true });
    puts[1]!.fail();
    await settled();
    expect(timers.map((timer) => timer.delay_ms)).toEqual([1000, 2000]);
    timers[1]!.run();
    puts[2]!.done({ kind: "ok" });
    await settled();
    expect(states.at(-1)).toBe("saved");
  });

  it("does not wait for its timer when the server is back, nor does it send twice", async () => {
    autosave.change(text("여권"), false);
    puts[0]!.fail();
    await settled();
    autosave.hurry();
    autosave.hurry();
    timers[0]!.run();
    expect(puts).toHaveLength(2);
    puts[1]!.done({ kind: "ok" });
    await settled();
    expect(states.at(-1)).toBe("saved");
  });

  it("goes above a revision of somebody else", async () => {
    autosave.change(text("여권"), false);
    puts[0]!.done({ kind: "behind", revision: 20 });
    await settled();
    expect(puts[1]!.edit).toMatchObject({ revision: 21, text: text("여권") });
  });

  it("stops when it is refused", async () => {
    autosave.change(text("여권"), false);
    puts[0]!.done({ kind: "refused", message: "권한이 없습니다" });
    await settled();
    expect(states.at(-1)).toBe("refused");
    expect(timers).toEqual([]);
  });

  it("sends the newest text while the page closes, even when an older one is under way", () => {
    autosave.change(text("여"), false);
    autosave.change(text("여권"), false);
    autosave.flush();
    expect(lasts.map((edit) => edit.text.inquiry)).toEqual(["여권"]);
  });

  it("has nothing to send when all is stored", () => {
    autosave.flush();
    expect(lasts).toEqual([]);
  });
});
