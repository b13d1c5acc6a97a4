/**
 * When the Enter key sends. An input method that composes takes Enter for itself (`isComposing`, key code 229); in
 * Hangul it means "done" too, and what is composed is in the field only after `compositionend`. Some browsers send a
 * plain Enter after it and some do not: either way the text goes out once, because it is sent at the first of both
 * and the field is empty at the second. In other scripts Enter chooses a candidate, and sends nothing.
 */
const HANGUL = /^[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]$/;

export interface Pressed {
  key: string;
  /** The key's place: while composing, `key` may say "Process". */
  code: string;
  keyCode: number;
  isComposing: boolean;
  shiftKey: boolean;
}

export class EnterKey {
  private isComposing = false;
  private sendsAfter = false;

  /** What to do with this key: `send` also says that the field must not take it. */
  pressed(event: Pressed): "send" | "leave" {
    const isEnter = event.key === "Enter" || event.code === "Enter" || event.code === "NumpadEnter";
    if (event.isComposing || event.keyCode === 229 || this.isComposing) {
      this.sendsAfter = isEnter && !event.shiftKey;
      return "leave";
    }
    this.sendsAfter = false;
    return isEnter && !event.shiftKey ? "send" : "leave";
  }

  composes(): void {
    this.isComposing = true;
    this.sendsAfter = false;
  }

  /** True: what was composed is to be sent now. */
  composed(text: string): boolean {
    const sends = this.sendsAfter && HANGUL.test(text);
    this.isComposing = false;
    this.sendsAfter = false;
    return sends;
  }
}
