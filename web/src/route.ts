/** Which page the address asks for: `#/guides…`, `#/quality…`, anything else the agent's panel. */
import { signal } from "@preact/signals";

export type Route = "panel" | "guides" | "quality";

export function routeIn(hash: string): Route {
  const name = /^#\/([a-z]+)/.exec(hash)?.[1];
  return name === "guides" || name === "quality" ? name : "panel";
}

export const route = signal<Route>(routeIn(location.hash));
addEventListener("hashchange", () => {
  route.value = routeIn(location.hash);
});
