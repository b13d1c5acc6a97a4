import { describe, expect, it } from "vitest";
import { type Stroke, actionFor } from "../src/keys";

const stroke = (code: string, fields: Partial<Stroke> = {}): Stroke => ({
  code,
  key: code.at(-1)!.toLowerCase(),
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  isComposing: false,
  keyCode: 0,
  ...fields,
});

describe("keys", () => {
  it("are told by their place, whatever the input method makes of them", () => {
    expect(actionFor(stroke("KeyC", { key: "ㅊ" }), false, true)).toBe("copy");
    expect(actionFor(stroke("Digit3"), false, true)).toBe("card3");
    expect(actionFor(stroke("Slash", { key: "?", shiftKey: true }), false, true)).toBe("help");
    expect(actionFor(stroke("KeyH", { key: "H", shiftKey: true }), false, true)).toBe("hangUp");
    expect(actionFor(stroke("Slash", { key: "/" }), false, true)).toBe("search");
    expect(actionFor(stroke("KeyJ", { key: "ㅓ" }), false, true)).toBe("nextChat");
    expect(actionFor(stroke("KeyB", { shiftKey: true }), false, true)).toBe("block");
  });

  it("rest while a field is typed in or Hangul is composed, all but Escape", () => {
    expect(actionFor(stroke("KeyC"), true, true)).toBeNull();
    expect(actionFor(stroke("KeyC", { isComposing: true }), false, true)).toBeNull();
    expect(actionFor(stroke("KeyC", { keyCode: 229 }), false, true)).toBeNull();
    expect(actionFor(stroke("Escape", { key: "Escape" }), true, true)).toBe("escape");
    expect(actionFor(stroke("Escape", { key: "Escape", isComposing: true }), true, true)).toBeNull();
  });

  it("leave the browser's own keys alone, and letters when they are switched off", () => {
    expect(actionFor(stroke("KeyC", { ctrlKey: true }), false, true)).toBeNull();
    expect(actionFor(stroke("KeyC"), false, false)).toBeNull();
    expect(actionFor(stroke("KeyC", { shiftKey: true }), false, true)).toBeNull();
  });
});
