import { describe, expect, it } from "vitest";
import type { ChatLine } from "../src/chat/view";
import { EnterKey, type Pressed } from "../src/citizen/enter";
import { fitting } from "../src/citizen/photo";
import { bytes } from "../src/citizen/push";
import { asText } from "../src/citizen/transcript";
import type { Body, Party } from "../src/contracts";

const press = (more: Partial<Pressed> = {}): Pressed => ({
  key: "Enter",
  code: "Enter",
  keyCode: 13,
  isComposing: false,
  shiftKey: false,
  ...more,
});

describe("the Enter key", () => {
  it("sends, and with Shift breaks the line", () => {
    const key = new EnterKey();
    expect(key.pressed(press())).toBe("send");
    expect(key.pressed(press({ shiftKey: true }))).toBe("leave");
    expect(key.pressed(press({ key: "a", code: "KeyA", keyCode: 65 }))).toBe("leave");
  });

  it("belongs to the input method while that composes", () => {
    const key = new EnterKey();
    key.composes();
    expect(key.pressed(press({ isComposing: true, keyCode: 229 }))).toBe("leave");
    expect(key.pressed(press({ isComposing: false, keyCode: 229 }))).toBe("leave");
    expect(key.pressed(press())).toBe("leave");
  });

  it("sends what it ends in Hangul, once the last character is in the field", () => {
    const key = new EnterKey();
    key.composes();
    key.pressed(press({ key: "Process", isComposing: true, keyCode: 229 }));
    expect(key.composed("다")).toBe(true);
    expect(key.composed("다")).toBe(false);
  });

  it("only chooses a candidate elsewhere", () => {
    const key = new EnterKey();
    for (const chosen of ["日本", "東京", "漢", ""]) {
      key.composes();
      key.pressed(press({ isComposing: true, keyCode: 229 }));
      expect(key.composed(chosen)).toBe(false);
    }
  });

  it("sends nothing when another key ends the composition", () => {
    const key = new EnterKey();
    key.composes();
    key.pressed(press({ isComposing: true, keyCode: 229 }));
    key.pressed(press({ key: "ㅏ", code: "KeyK", isComposing: true, keyCode: 229 }));
    expect(key.composed("다")).toBe(false);
    key.composes();
    key.pressed(press({ isComposing: true, keyCode: 229, shiftKey: true }));
    expect(key.composed("다")).toBe(false);
  });
});

describe("photos", () => {
  it("fit, and never grow", () => {
    expect(fitting(4096, 3072, 2048)).toEqual({ width: 2048, height: 1536 });
    expect(fitting(100, 50, 2048)).toEqual({ width: 100, height: 50 });
    expect(fitting(1, 100_000, 2048)).toEqual({ width: 1, height: 2048 });
  });
});

describe("push", () => {
  it("reads keys as VAPID writes them", () => {
    expect([...bytes("-_8A")]).toEqual([0xfb, 0xff, 0x00]);
  });
});

describe("the transcript", () => {
  const line = (seq: number, side: Party["side"], body: Body, is_withdrawn = false): ChatLine => ({
    seq,
    at_ms: new Date(2026, 2, 1, 14, seq).getTime(),
    author: { side, staff_id: "", name: side === "staff" ? "김상담" : "", sees_all: false },
    client_id: "",
    body,
    edited_ms: null,
    is_withdrawn,
  });
  const said = (text: string): Body => ({ kind: "said", text, replies: [], suggestion_id: "", profane: [] });

  it("says who said what when, and nothing that was withdrawn or is not the citizen's", () => {
    const text = asText(
      [
        line(1, "citizen", said("<b>안녕하세요</b>")),
        line(2, "staff", said("여권 안내입니다.")),
        line(3, "citizen", { kind: "hidden", spoken: false }, true),
        line(4, "staff", { kind: "hidden", spoken: false }),
      ],
      "채팅 상담",
    );
    expect(text).toBe(
      "채팅 상담\n\n[2026-03-01 14:01] 나\n<b>안녕하세요</b>\n\n[2026-03-01 14:02] 상담사 김상담\n여권 안내입니다.\n\n" +
        "[2026-03-01 14:03] 나\n지운 메시지입니다.\n",
    );
  });
});
