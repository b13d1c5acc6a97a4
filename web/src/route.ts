/**
 * Which page the address asks for: `#/board…`, `#/guides…`, `#/quality…`, anything else the agent's panel.
 *
 * A page that holds unsaved text may ask to be left later; then the address stays, and `wanted` says where to.
 */
import { batch, signal } from "@preact/signals";
import type { StaffRole } from "./contracts";

export type Route = "board" | "panel" | "guides" | "quality";

/** Who finds a way to which page, in the order in which they are listed. Agents have one page and need no list. */
const PAGES: readonly { route: Route; roles: readonly StaffRole[] }[] = [
  { route: "board", roles: ["supervisor", "admin"] },
  { route: "panel", roles: ["editor", "supervisor", "admin"] },
  { route: "guides", roles: ["editor", "supervisor", "admin"] },
  { route: "quality", roles: ["supervisor", "admin"] },
];

export function pagesOf(role: StaffRole | undefined): Route[] {
  return PAGES.filter(({ roles }) => role !== undefined && roles.includes(role)).map((page) => page.route);
}

export function routeIn(hash: string): Route {
  const name = /^#\/([a-z]+)/.exec(hash)?.[1];
  return name === "board" || name === "guides" || name === "quality" ? name : "panel";
}

/** What stands behind the page's name, decoded: `#/guides/a%2Fb` → `a/b`. */
export function restIn(hash: string): string {
  const rest = /^#\/[a-z]+\/(.+)$/.exec(hash)?.[1] ?? "";
  try {
    return decodeURIComponent(rest);
  } catch {
    return rest; // a stray % that somebody typed
  }
}

/** Empty where there is no address bar. */
function now(): string {
  return globalThis.location?.hash ?? "";
}

export const route = signal<Route>(routeIn(now()));
export const rest = signal(restIn(now()));

/** Where the person wanted to go while the page could not be left; null: nowhere else. */
export const wanted = signal<string | null>(null);

/** False: the page must not be left now. Set by the page that is shown, unset when it goes. */
let mayLeave: () => boolean = () => true;

export function guardLeaving(asked: () => boolean): () => void {
  mayLeave = asked;
  return () => {
    mayLeave = () => true;
    wanted.value = null;
  };
}

/** Goes there without asking. */
export function go(hash: string, replaces = false): void {
  if (replaces) history.replaceState(null, "", hash);
  else history.pushState(null, "", hash);
  follow();
}

let here = now();

function follow(): void {
  here = location.hash;
  batch(() => {
    wanted.value = null;
    rest.value = restIn(here);
    route.value = routeIn(here);
  });
}

/** Before every other listener: what stays does not hear that the address was another one for a moment. */
export function followAddress(): void {
  addEventListener("hashchange", (event) => {
    if (mayLeave()) return follow();
    event.stopImmediatePropagation();
    wanted.value = location.hash;
    history.replaceState(null, "", here || "#/");
  });
}
