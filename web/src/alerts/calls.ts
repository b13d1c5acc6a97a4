/** The alert desk's side of `/api/voc`. */
import { request } from "../api";
import type { AlertCommand, AlertList, AlertView, ReportList, VocRules, VocRulesView } from "../contracts";

const place = (id: string): string => `/api/voc/alerts/${encodeURIComponent(id)}`;

export const calls = {
  closed: (): Promise<AlertList> => request("GET", "/api/voc/alerts?state=closed&days=30"),
  view: (id: string): Promise<AlertView> => request("GET", place(id)),
  act: (id: string, command: AlertCommand): Promise<AlertView> => request("POST", `${place(id)}/actions`, command),
  rules: (): Promise<VocRulesView> => request("GET", "/api/voc/rules"),
  setRules: (rules: VocRules): Promise<VocRulesView> => request("PUT", "/api/voc/rules", rules),
  reports: (): Promise<ReportList> => request("GET", "/api/voc/reports"),
  askReport: (week: string): Promise<unknown> => request("POST", `/api/voc/reports/${encodeURIComponent(week)}`),
};

export function reportAddress(week: string, file: string): string {
  return `/api/voc/reports/${encodeURIComponent(week)}/${encodeURIComponent(file)}`;
}
