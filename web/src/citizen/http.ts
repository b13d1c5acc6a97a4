/** `/api/chat`: what the page asks for outside of its WebSocket. Every failure is a `Failed` with a sentence. */
import type {
  ChatKey,
  ChatSite,
  ChatStart,
  ChatTicket,
  EntriesBefore,
  PhotoKept,
  PushAsked,
} from "../contracts";
import { said, t } from "./text";

const LIMIT_MS = 15_000;
const PHOTO_LIMIT_MS = 120_000;
/** A ticket is used no more this long before its end. */
const SPARE_MS = 30_000;

export class Failed extends Error {
  constructor(
    /** 0 when the server could not be reached. */
    readonly status: number,
    readonly ko: string,
    readonly en: string,
  ) {
    super(ko);
  }

  get sentence(): string {
    return said(this);
  }
}

export const api = {
  site: (): Promise<ChatSite> => ask("GET", "/site"),
  start: (body: ChatStart): Promise<ChatKey> => ask("POST", "", body),
  redeem: (token: string): Promise<ChatKey> => ask("POST", "/link", { token }),
  ticket: (known: ChatKey): Promise<ChatTicket> => ask("POST", "/ticket", known),
};

/** What one conversation's ticket opens. */
export class Signed {
  private ticket: { text: string; until_ms: number } | null = null;

  constructor(private readonly known: ChatKey) {}

  /** A new one for each connection. */
  async fresh(): Promise<string> {
    const made = await api.ticket(this.known);
    this.ticket = { text: made.ticket, until_ms: Date.now() + made.lives_s * 1000 - SPARE_MS };
    return made.ticket;
  }

  async before(seq: number): Promise<EntriesBefore> {
    return ask("GET", `/entries?before=${seq}`, undefined, await this.current());
  }

  async mail(address: string): Promise<void> {
    return ask("POST", "/mail", { address }, await this.current());
  }

  async push(asked: PushAsked | null): Promise<void> {
    return ask(asked ? "PUT" : "DELETE", "/push", asked ?? undefined, await this.current());
  }

  async photo(id: string): Promise<Blob> {
    const answer = await send("GET", `/photos/${encodeURIComponent(id)}`, null, await this.headers(), PHOTO_LIMIT_MS);
    return answer.blob();
  }

  async keepPhoto(photo: Blob): Promise<PhotoKept> {
    const headers = { ...(await this.headers()), "Content-Type": photo.type || "application/octet-stream" };
    const answer = await send("POST", "/photos", photo, headers, PHOTO_LIMIT_MS);
    return (await answer.json()) as PhotoKept;
  }

  private async headers(): Promise<Record<string, string>> {
    return { Authorization: `Bearer ${await this.current()}` };
  }

  private async current(): Promise<string> {
    if (this.ticket && Date.now() < this.ticket.until_ms) return this.ticket.text;
    return this.fresh();
  }
}

async function ask<T>(method: string, path: string, body?: unknown, ticket = ""): Promise<T> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (ticket) headers["Authorization"] = `Bearer ${ticket}`;
  const answer = await send(method, path, body === undefined ? null : JSON.stringify(body), headers, LIMIT_MS);
  const text = await answer.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

async function send(
  method: string,
  path: string,
  body: BodyInit | null,
  headers: Record<string, string>,
  limit_ms: number,
): Promise<Response> {
  let answer: Response;
  try {
    const signal = AbortSignal.timeout(limit_ms);
    // No cookie: an agent who looks at the citizens' page in the same browser is a citizen here.
    answer = await fetch(`/api/chat${path}`, { method, body, headers, signal, credentials: "omit", cache: "no-store" });
  } catch {
    throw new Failed(0, t("unreachable"), t("unreachable")); // said in the page's language already
  }
  if (answer.ok) return answer;
  const told = (await answer.json().catch(() => null)) as { ko?: string; en?: string } | null;
  throw new Failed(answer.status, told?.ko ?? t("unreachable"), told?.en ?? t("unreachable"));
}
