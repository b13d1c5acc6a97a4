/** Where the alert desk's parts lie behind `#/board/`: an alert's id, or a word that no id can be. */

export const RULES = "+rules";
export const REPORTS = "+reports";

const ALERT_ID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** Whether the address behind `#/board/` is the alert desk's. */
export function isAlertPlace(rest: string): boolean {
  return rest === RULES || rest === REPORTS || ALERT_ID.test(rest);
}

export function alertAddress(alertId: string): string {
  return `#/board/${alertId}`;
}

/** The contacts behind an alert. */
export function drillAddress(alertId: string): string {
  return `#/board/contacts?alert_id=${alertId}`;
}
