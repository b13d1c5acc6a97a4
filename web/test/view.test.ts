import { describe, expect, it } from "vitest";
import type { AnyEvent, ContactView } from "../src/contracts";
import { apply } from "../src/view";
import {
  chosen,
  contact,
  detected,
  drafted,
  edited,
  nothing,
  offer,
  outcome,
  recognition,
  said,
  sound,
  viewOf,
} from "./events";

const run = (view: ContactView, ...events: AnyEvent[]): ContactView => events.reduce(apply, view);

describe("utterances", () => {
  it("come in order of start, channel and id, whatever order they arrive in", () => {
    const view = run(
      viewOf(),
      said("c", { start_ms: 2000, channel: 1 }),
      said("b", { start_ms: 2000, channel: 0 }),
      said("a", { start_ms: 100, channel: 1 }),
    );
    expect(view.utterances.map((each) => each.utterance_id)).toEqual(["a", "b", "c"]);
  });

  it("keep the highest revision; a record heard twice changes nothing", () => {
    const second = said("a", { revision: 2, text: "여권을 잃어", status: "partial" });
    const view = run(viewOf(), said("a", { revision: 1, status: "partial" }), second);
    expect(view.utterances).toEqual([second]);
    expect(apply(view, second)).toBe(view);
    expect(apply(view, said("a", { revision: 1, status: "partial" }))).toBe(view);
  });

  it("a partial never replaces a final", () => {
    const final = said("a", { revision: 2, text: "여권을 잃어버렸어요" });
    const view = run(viewOf(), final, said("a", { revision: 9, status: "partial", text: "여권" }));
    expect(view.utterances).toEqual([final]);
  });

  it("a final replaces partials even of a higher revision: the speech was heard again after a crash", () => {
    const final = said("a", { revision: 1, text: "여권을 잃어버렸어요" });
    const view = run(viewOf(), said("a", { revision: 7, status: "partial", text: "여권" }), final);
    expect(view.utterances).toEqual([final]);
  });

  it("withdrawn stay gone, until a later final", () => {
    const view = run(viewOf(), said("a", { status: "partial" }), said("a", { revision: 3, text: "" }));
    expect(view.utterances).toEqual([]);
    expect(view.withdrawn).toEqual({ a: 3 });
    expect(apply(view, said("a", { revision: 9, status: "partial" }))).toBe(view);
    expect(apply(view, said("a", { revision: 3 }))).toBe(view);
    const back = apply(view, said("a", { revision: 4, text: "네" }));
    expect(back.utterances.map((each) => each.text)).toEqual(["네"]);
    expect(back.withdrawn).toEqual({});
  });
});

describe("the contact", () => {
  it("ignores older revisions and keeps what a person said of the roles", () => {
    const view = run(
      viewOf(),
      { ...said("x"), type: "contact.roles", roles: { 0: "agent" }, staff_id: "kim" } as AnyEvent,
      contact({ revision: 5, state: "held", at_ms: 9000, roles: { 0: "caller", 1: "agent" } }),
      contact({ revision: 4, state: "talking" }),
    );
    expect(view.contact.state).toBe("held");
    expect(view.held_since_ms).toBe(9000);
    expect(view.roles).toEqual({ 0: "agent", 1: "agent" });
  });

  it("ends at the event's time", () => {
    const view = run(viewOf(), contact({ revision: 7, state: "ended", at_ms: 12_000 }));
    expect(view.ended_at_ms).toBe(12_000);
    expect(view.held_since_ms).toBeNull();
  });

  it("holds since the first record of the hold", () => {
    const held = contact({ revision: 5, state: "held", at_ms: 9000 });
    const view = run(viewOf(), held, { ...held, revision: 6, at_ms: 11_000 });
    expect(view.held_since_ms).toBe(9000);
    expect(apply(view, contact({ revision: 7, state: "talking" })).held_since_ms).toBeNull();
  });

  it("takes nothing of another contact", () => {
    const view = viewOf();
    expect(apply(view, { ...said("a"), contact_id: "other" })).toBe(view);
  });
});

describe("cards", () => {
  it("keep the order of the first offer and are updated in place", () => {
    const view = run(viewOf(), offer("a"), offer("b"), offer("a", { revision: 2, reason: "다시" }));
    expect(view.cards.map((card) => [card.offer.suggestion_id, card.offer.revision])).toEqual([
      ["a", 2],
      ["b", 1],
    ]);
  });

  it("hold each outcome once, the last one last", () => {
    const view = run(
      viewOf(),
      offer("a"),
      outcome("a", "pinned"),
      outcome("a", "unpinned"),
      outcome("a", "pinned"),
      outcome("a", "pinned"),
    );
    expect(view.cards[0]?.outcomes).toEqual(["unpinned", "pinned"]);
  });

  it("an offer of the same or a later time takes 'nothing found' away", () => {
    const asked = run(viewOf(), nothing(5000));
    expect(asked.nothing?.at_ms).toBe(5000);
    expect(apply(asked, offer("a", { at_ms: 4999 })).nothing).not.toBeNull();
    expect(apply(asked, offer("a", { at_ms: 5000 })).nothing).toBeNull();
    expect(run(viewOf(), offer("a", { at_ms: 5000 }), nothing(5000)).nothing).toBeNull();
  });
});

describe("what else is heard", () => {
  it("a sound gets its end, and no later record takes it away", () => {
    const [music, ended] = [sound("music", 2000, null), sound("music", 2000, 9000)];
    const view = run(viewOf(), music, sound("ringing", 100, 1100, 1), ended);
    expect(view.sounds.map((each) => [each.sound, each.end_ms])).toEqual([
      ["ringing", 1100],
      ["music", 9000],
    ]);
    expect(run(view, music, sound("music", 2000, 8000))).toBe(view);
  });

  it("recognition keeps its highest revision, languages their last record", () => {
    const view = run(
      viewOf(),
      recognition("refused", 9),
      recognition("full", 8),
      detected("vi", 20),
      detected("en", 10),
      chosen("mn", 5),
      chosen("ko", 4),
    );
    expect([view.recognition?.mode, view.detected?.language, view.chosen?.language]).toEqual(["refused", "vi", "mn"]);
  });
});

describe("the summary", () => {
  it("keeps the highest revision of draft and text", () => {
    const view = run(viewOf(), drafted(2), drafted(1), edited(4), edited(3));
    expect(view.draft?.revision).toBe(2);
    expect(view.edited?.revision).toBe(4);
  });
});

it("any order of different records gives the same view, and twice the same", () => {
  const events: AnyEvent[] = [
    said("a", { start_ms: 0, revision: 1, status: "partial" }),
    said("a", { start_ms: 0, revision: 2 }),
    said("b", { start_ms: 900, revision: 1, status: "partial" }),
    said("b", { start_ms: 900, revision: 2, text: "" }),
    said("c", { start_ms: 400, channel: 1 }),
    contact({ revision: 3, state: "held", at_ms: 4000 }),
    contact({ revision: 4, state: "ended", at_ms: 5000 }),
    sound("music", 700, null),
    sound("music", 700, 1900),
    recognition("finals", 1),
    recognition("full", 2),
    detected("en", 3),
    chosen("ko", 4),
    drafted(1),
    edited(1),
  ];
  const expected = run(viewOf(), ...events);
  for (let turn = 0; turn < events.length; turn += 1) {
    const rotated = [...events.slice(turn), ...events.slice(0, turn)];
    expect(run(viewOf(), ...rotated, ...events)).toEqual(expected);
    expect(run(viewOf(), ...rotated.reverse())).toEqual(expected);
  }
});
