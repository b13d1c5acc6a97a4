/** The cases that the Python side passes too: `tests/property/chat_cases.json`. */
import { describe, expect, it } from "vitest";
import raw from "../../tests/property/chat_cases.json?raw";
import { headAfter } from "../src/chat/head";
import { type Action, Reader, Writer, applied, changes } from "../src/chat/typing";
import { linesOf } from "../src/chat/view";
import type { ChatEntry, ChatHead, Typing } from "../src/contracts";

interface Step {
  do: "wrote" | "wait" | "sent" | "switch" | "again";
  text?: string;
  next?: string;
  on?: boolean;
  now_ms: number;
  out: Typing | null;
  lost: boolean;
  shown: boolean;
  read: string | null;
}

interface Cases {
  changes: { old: string; new: string; actions: Action[] }[];
  applied: { text: string; actions: Action[]; after: string }[];
  typing: { live: boolean; steps: Step[] }[];
  conversations: { entries: ChatEntry[]; heads: Record<string, ChatHead>; lines: object[] }[];
}

const cases = JSON.parse(raw) as Cases;

const CONTACT = "00000000-0000-4000-8000-000000000001";

describe("as the Python side", () => {
  it("finds what changed in a field", () => {
    for (const { old, new: after, actions } of cases.changes) {
      expect(changes(old, after)).toEqual(actions);
      expect(applied(old, actions)).toBe(after);
    }
  });

  it("applies actions, senseless ones too", () => {
    for (const { text, actions, after } of cases.applied) expect(applied(text, actions)).toBe(after);
  });

  it.each(cases.typing.map((each, number) => ({ number, ...each })))("writes and reads field $number", ({ live, steps }) => {
    const writer = new Writer(CONTACT, "draft-00", live);
    const reader = new Reader();
    let before_ms = 1000;
    for (const step of steps) {
      if (step.do === "wrote") writer.wrote(step.text!, before_ms);
      else if (step.do === "sent") {
        reader.sent(writer.draft_id);
        writer.sent(step.next!);
      } else if (step.do === "switch") {
        writer.switch(step.on!);
        if (!step.on) reader.hide();
      } else if (step.do === "again") writer.again();
      const out = writer.flush(step.now_ms);
      expect(out).toEqual(step.out);
      if (out && !step.lost) reader.hear(out, step.now_ms);
      const shown = reader.shown(step.now_ms);
      expect(shown !== null).toBe(step.shown);
      if (shown) expect(shown.text).toBe(step.read);
      before_ms = step.now_ms;
    }
  });

  it.each(cases.conversations.map((each, number) => ({ number, ...each })))(
    "folds and shows conversation $number",
    ({ entries, heads, lines }) => {
      let head: ChatHead = {
        ...heads["1"]!,
        ...{ last_seq: 0, state: "waiting", channel: "web", language: "ko", skill: "", nickname: "", facts: {} },
        ...{ simulated: false, opened_at_ms: 0, queued_at_ms: 0 },
      };
      for (const entry of entries) {
        head = headAfter(head, entry);
        const expected = heads[String(entry.seq)];
        if (expected) expect(head).toEqual(expected);
      }
      expect(linesOf(entries)).toEqual(lines);
    },
  );
});
