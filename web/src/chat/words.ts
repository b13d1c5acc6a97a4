/** What a page says to the gateway, with the fields that the gateway would fill in. */
import type { Body } from "../contracts";
import { wellFormed } from "./typing";

export const PROTOCOL_VERSION = 1;
export const MAX_FRAME_BYTES = 16 * 1024;
export const CLOSE_NOT_ALLOWED = 1008;
/** The gateway's WebSocket engine takes no longer frames. */
export const CLOSE_TOO_LONG = 1009;

/** What can be given without its defaults, e.g. `{ kind: "said", text }`. */
export type Command = Whole<Body>;
type Whole<B> = B extends { kind: infer Kind } ? { kind: Kind } & Partial<Omit<B, "kind">> : never;

const DEFAULTS: { [Kind in Body["kind"]]?: Partial<Extract<Body, { kind: Kind }>> } = {
  said: { replies: [], suggestion_id: "", profane: [] },
  photo: { width: 0, height: 0, size_bytes: 0, description: "" },
  place: { accuracy_m: null, label: "" },
  solved: { article_id: "", topic: "" },
  rated: { comment: "" },
  ended: { reason: "" },
  transferred: { staff_id: "", skill: "", note: "" },
  joined: { watching: true },
};

/** With all its fields, and without what no JSON reader takes. */
export function whole(command: Command): Body {
  const body = { ...DEFAULTS[command.kind], ...command } as Record<string, unknown>;
  for (const [name, value] of Object.entries(body)) {
    if (typeof value === "string") body[name] = wellFormed(value);
  }
  return body as unknown as Body;
}

/** For one message, in hexadecimal. Not `randomUUID`, which pages without https do not have. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
