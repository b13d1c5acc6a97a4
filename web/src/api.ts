/** The server's HTTP side. Every failure is an `ApiError` with a sentence in both languages. */
import type { Article, DraftQuality, LanguageEdit, RolesEdit, SignIn, Staff, SummaryEdit, SummaryEdited, SummaryForm } from "./contracts";
import { lang } from "./preferences";
import { both, t } from "./text";
import type { PutResult } from "./autosave";

export interface SampleCall {
  name: string;
  title: string;
  seconds: number;
}

export class ApiError extends Error {
  constructor(
    /** 0 when the server could not be reached. */
    readonly status: number,
    readonly ko: string,
    readonly en: string,
    /** What the server answered, if it was JSON. */
    readonly body: unknown = null,
  ) {
    super(ko);
  }

  get sentence(): string {
    return lang.value === "ko" ? this.ko : this.en;
  }
}

export const api = {
  /** Null when nobody is signed in. */
  async whoAmI(): Promise<Staff | null> {
    try {
      return await request<Staff>("GET", "/api/me");
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
  signIn: (body: SignIn): Promise<Staff> => request("POST", "/api/sign-in", body),
  signOut: (): Promise<void> => request("POST", "/api/sign-out"),

  article: (id: string): Promise<Article> => request("GET", `/api/articles/${encodeURIComponent(id)}`),
  setRoles: (contact: string, body: RolesEdit): Promise<void> =>
    request("PUT", `/api/contacts/${contact}/roles`, body),
  setLanguage: (contact: string, body: LanguageEdit): Promise<void> =>
    request("PUT", `/api/contacts/${contact}/language`, body),
  summaryForm: (): Promise<SummaryForm> => request("GET", "/api/summary-form"),
  quality: (days: number): Promise<DraftQuality> => request("GET", `/api/quality/summaries?days=${days}`),
  askForDraft: (contact: string): Promise<void> => request("POST", `/api/contacts/${contact}/summary/draft`),

  samples: (): Promise<SampleCall[]> => request("GET", "/api/ingest/samples"),
  playSample: (name: string): Promise<{ contact_id: string }> =>
    request("POST", `/api/ingest/samples/${encodeURIComponent(name)}`),
  hangUp: (contact: string): Promise<void> => request("POST", `/api/ingest/contacts/${contact}/hangup`),
};

/** Rejects on anything that may succeed later; what can never succeed is `refused`. */
export async function putSummary(contact: string, edit: SummaryEdit): Promise<PutResult> {
  try {
    await request("PUT", `/api/contacts/${contact}/summary`, edit);
    return { kind: "ok" };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 409) return { kind: "behind", revision: (error.body as SummaryEdited).revision };
    const never = error.status >= 400 && error.status < 500 && ![401, 408, 429].includes(error.status);
    if (never) return { kind: "refused", message: error.sentence };
    throw error;
  }
}

/** Leaves even while the page closes. */
export function putSummaryLast(contact: string, edit: SummaryEdit): void {
  void fetch(`/api/contacts/${contact}/summary`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(edit),
    keepalive: true,
  }).catch(() => undefined);
}

/** Where the sound of a stretch of a channel is. */
export function soundAddress(contact: string, channel: number, from_ms: number, to_ms: number): string {
  return `/api/contacts/${contact}/audio?channel=${channel}&from_ms=${from_ms}&to_ms=${to_ms}`;
}

/** Why a sound cannot be had: an <audio> element does not tell. */
export async function whyNoSound(address: string): Promise<string> {
  try {
    await request("GET", address);
    return t("soundUnplayable");
  } catch (error) {
    return sentenceOf(error);
  }
}

/** Whether the same may succeed later: the server is away, or its database is. */
export function isPassing(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 500);
}

export function socketAddress(path: string): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
}

export function sentenceOf(error: unknown): string {
  return error instanceof ApiError ? error.sentence : String(error);
}

/** One JSON request; `body` is sent as JSON. */
export async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      signal: AbortSignal.timeout(15_000),
      ...(body === undefined
        ? {}
        : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError(0, ...both("unreachable"));
  }
  const answer = parsed(await response.text());
  if (!response.ok) throw errorOf(response.status, answer);
  return answer as T;
}

/** Null: no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What the server said, or that it said nothing. */
export function errorOf(status: number, body: unknown): ApiError {
  const told = body as { ko?: unknown; en?: unknown } | null;
  if (typeof told?.ko === "string" && typeof told.en === "string") return new ApiError(status, told.ko, told.en, body);
  return new ApiError(status, ...both("serverFailed", { status }), body);
}
