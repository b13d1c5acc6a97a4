import { describe, expect, it } from "vitest";
import type { ContactEntry, Hello } from "../src/contracts";
import { listed, steady } from "../src/rail";
import { contact } from "./events";

const entry = (id: string, revision: number, started_at_ms = 0, summary_saved = false): ContactEntry => ({
  contact: contact({ contact_id: id, revision, started_at_ms }),
  ended_at_ms: null,
  summary_saved,
});

const hello = (contacts: ContactEntry[], complete = true): Hello => ({
  type: "hello",
  staff: { staff_id: "kim", name: "김", role: "agent" },
  server_ms: 0,
  contacts,
  complete,
});

const told = (entries: readonly ContactEntry[]) =>
  entries.map((each) => [each.contact.contact_id, each.contact.revision]);

describe("the list after a hello", () => {
  it("is the server's, each contact at its newest state", () => {
    const known = [entry("a", 5), entry("b", 1), entry("gone", 1)];
    expect(told(listed(known, hello([entry("a", 4), entry("b", 2)])))).toEqual([
      ["a", 5],
      ["b", 2],
    ]);
  });

  it("keeps what is known while the server's is not complete", () => {
    const known = [entry("today", 3, 10), entry("live", 1, 20)];
    const after = listed(known, hello([entry("new", 1, 30), entry("live", 2, 20)], false));
    expect(told(after)).toEqual([
      ["new", 1],
      ["live", 2],
      ["today", 3],
    ]);
  });

  it("does not forget that a summary was saved", () => {
    const after = listed([entry("a", 1, 0, true)], hello([entry("a", 2)]));
    expect(after[0]!.summary_saved).toBe(true);
  });
});

describe("the list under the mouse", () => {
  const [a, b, c] = [entry("a", 1), entry("b", 1), entry("c", 1)] as const;

  it("keeps its order; what is new comes last until the mouse is gone", () => {
    expect(told(steady([a, b], [c, a, b], true)).flat()).toEqual(["a", 1, "b", 1, "c", 1]);
    expect(told(steady([a, b], [c, a, b], false)).flat()).toEqual(["c", 1, "a", 1, "b", 1]);
    expect(told(steady([a, b], [entry("b", 2)], true))).toEqual([["b", 2]]);
  });
});
