import { beforeEach, describe, expect, it } from "vitest";
import { Playback, type Playing } from "../src/playback";

let starts: { address: string; done: () => void; fail: () => void }[];
let stops: number;
let explained: string[];
let seen: Playing["kind"][];
let playback: Playback;

beforeEach(() => {
  starts = [];
  stops = 0;
  explained = [];
  seen = [];
  playback = new Playback({
    start: (address) =>
      new Promise((done, reject) => starts.push({ address, done, fail: () => reject(new Error("media")) })),
    stop: () => {
      stops += 1;
    },
    explain: async (address) => {
      explained.push(address);
      return "소리가 없습니다";
    },
    onChange: (playing) => seen.push(playing.kind),
  });
});

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("playback", () => {
  it("plays on the first press and stops on the second", async () => {
    void playback.toggle("a", "/a");
    starts[0]!.done();
    await settled();
    expect(playback.playing).toEqual({ kind: "playing", id: "a", at_s: 0, length_s: 0 });
    playback.moved(0.5, 2);
    expect(playback.playing).toMatchObject({ at_s: 0.5, length_s: 2 });
    await playback.toggle("a", "/a");
    expect(stops).toBe(1);
    expect(seen).toEqual(["loading", "playing", "playing", "idle"]);
  });

  it("stops a sound that is still being loaded, and does not let it begin later", async () => {
    void playback.toggle("a", "/a");
    await playback.toggle("a", "/a");
    expect(stops).toBe(1);
    starts[0]!.done();
    await settled();
    expect(playback.playing.kind).toBe("idle");
  });

  it("puts another sound in the place of the first, whose late word counts no more", async () => {
    void playback.toggle("a", "/a");
    void playback.toggle("b", "/b");
    starts[0]!.fail();
    starts[1]!.done();
    await settled();
    expect(playback.playing).toMatchObject({ kind: "playing", id: "b" });
    expect(explained).toEqual([]);
    expect(playback.isAt("a")).toBe(false);
  });

  it("says why a sound cannot be had, until the next press", async () => {
    void playback.toggle("a", "/a");
    starts[0]!.fail();
    await settled();
    expect(playback.playing).toEqual({ kind: "failed", id: "a", message: "소리가 없습니다" });
    expect(explained).toEqual(["/a"]);
    void playback.toggle("a", "/a");
    expect(starts).toHaveLength(2);
    expect(playback.playing.kind).toBe("loading");
  });

  it("is idle after the end, and tells of a sound that broke off", async () => {
    void playback.toggle("a", "/a");
    starts[0]!.done();
    await settled();
    playback.ended();
    expect(playback.playing.kind).toBe("idle");
    await playback.broke();
    expect(playback.playing.kind).toBe("idle");
    void playback.toggle("a", "/a");
    starts[1]!.done();
    await settled();
    await playback.broke();
    expect(playback.playing.kind).toBe("failed");
  });

  it("takes a length that is not known for none", async () => {
    void playback.toggle("a", "/a");
    starts[0]!.done();
    await settled();
    playback.moved(0.1, Number.POSITIVE_INFINITY);
    expect(playback.playing).toMatchObject({ at_s: 0.1, length_s: 0 });
  });
});
