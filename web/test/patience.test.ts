import { beforeEach, describe, expect, it } from "vitest";
import { GIVE_UP_MS, Patience } from "../src/patience";

const AWAY = new Error("away");
const REFUSED = new Error("refused");

let now: number;
let timers: { run: () => void; delay_ms: number }[];
let patience: Patience;

beforeEach(() => {
  now = 0;
  timers = [];
  patience = new Patience({
    now: () => now,
    later: (run, delay_ms) => timers.push({ run, delay_ms }),
    isPassing: (error) => error === AWAY,
  });
});

const settled = () => new Promise((resolve) => setTimeout(resolve));

/** Fails so often, then succeeds; counts its attempts. */
function work(failures: number, error = AWAY) {
  const done = { attempts: 0 };
  const act = async (): Promise<void> => {
    done.attempts += 1;
    if (done.attempts <= failures) throw error;
  };
  return { done, act };
}

describe("patience", () => {
  it("tries again, later each time, until it is done", async () => {
    const { done, act } = work(2);
    const kept = patience.keep("roles", act);
    await settled();
    timers[0]!.run();
    await settled();
    timers[1]!.run();
    await kept;
    expect(done.attempts).toBe(3);
    expect(timers.map((timer) => timer.delay_ms)).toEqual([500, 1000]);
  });

  it("does not wait for its timer when the server is back, nor does it twice", async () => {
    const { done, act } = work(1);
    const kept = patience.keep("roles", act);
    await settled();
    patience.hurry();
    timers[0]!.run();
    await kept;
    patience.hurry();
    await settled();
    expect(done.attempts).toBe(2);
  });

  it("ends at a refusal, and after a while", async () => {
    await expect(patience.keep("roles", work(9, REFUSED).act)).rejects.toBe(REFUSED);
    const kept = patience.keep("roles", work(9).act);
    await settled();
    now = GIVE_UP_MS;
    timers[0]!.run();
    await expect(kept).rejects.toBe(AWAY);
  });

  it("lets a newer act take the place of an older one", async () => {
    const older = work(9);
    const newer = work(0);
    const first = patience.keep("language", older.act);
    await settled();
    await patience.keep("language", newer.act);
    await first;
    timers[0]!.run();
    patience.hurry();
    await settled();
    expect([older.done.attempts, newer.done.attempts]).toEqual([1, 1]);
  });
});
