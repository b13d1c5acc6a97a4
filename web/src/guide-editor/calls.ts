/** The guide editor's side of `/api/guides` and `/api/gaps`. */
import { ApiError, request } from "../api";
import type {
  Gap, GapStatus, GuideFigures, GuideImport, GuideList, GuideMove, GuideSave, GuideVersion,
} from "../contracts";
import { upload } from "../upload";

const place = (id: string): string => `/api/guides/${encodeURIComponent(id)}`;

export const calls = {
  list: (query: string): Promise<GuideList> => request("GET", `/api/guides?${query}`),
  figures: (): Promise<GuideFigures> => request("GET", "/api/guides/figures?days=30"),
  versions: (id: string): Promise<GuideVersion[]> => request("GET", `${place(id)}/versions`),
  /** An empty id: a new article. */
  save: (id: string, body: GuideSave): Promise<GuideVersion> =>
    id ? request("PUT", place(id), body) : request("POST", "/api/guides", body),
  move: (id: string, body: GuideMove): Promise<GuideVersion> => request("POST", `${place(id)}/move`, body),
  importFile: (file: File, progress: (part: number) => void): Promise<GuideImport> =>
    upload("/api/guides/import", file, progress),
  gaps: (): Promise<Gap[]> => request("GET", "/api/gaps?status=open&days=30"),
  moveGap: (id: string, status: GapStatus): Promise<Gap> =>
    request("POST", `/api/gaps/${encodeURIComponent(id)}`, { status }),
  draftGap: (id: string): Promise<GuideVersion> => request("POST", `/api/gaps/${encodeURIComponent(id)}/draft`),
};

/** What somebody else saved since; undefined: that was not the reason. */
export function newerIn(error: unknown): GuideVersion | null | undefined {
  if (!(error instanceof ApiError) || error.status !== 409) return undefined;
  return (error.body as { newer?: GuideVersion | null } | null)?.newer;
}
