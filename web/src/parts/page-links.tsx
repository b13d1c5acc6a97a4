/** The way to the other pages, for those who have more than one. */
import { type Route, pagesOf, route } from "../route";
import { staff } from "../session";
import { type TextKey, t } from "../text";
import { Icon } from "./icon";

const NAMES: Record<Route, TextKey> = { board: "pageBoard", panel: "panel", guides: "pageGuides", quality: "pageQuality" };
const ADDRESSES: Record<Route, string> = { board: "#/board", panel: "#/", guides: "#/guides", quality: "#/quality" };

function Links() {
  return (
    <ul class="page-links">
      {pagesOf(staff.value?.role).map((page) => (
        <li key={page}>
          <a href={ADDRESSES[page]} aria-current={route.value === page ? "page" : undefined}>
            {t(NAMES[page])}
          </a>
        </li>
      ))}
    </ul>
  );
}

/** On a page with room: in a row. */
export function PageLinks() {
  if (pagesOf(staff.value?.role).length === 0) return null;
  return (
    <nav aria-label={t("pages")}>
      <Links />
    </nav>
  );
}

/** On the panel, whose top line is full: one small button. A native popover: Esc and a click beside it close it. */
export function PagesButton() {
  if (pagesOf(staff.value?.role).length === 0) return null;
  return (
    <>
      <button id="pages-button" class="plain" type="button" popovertarget="pages" aria-keyshortcuts="k" title={`${t("pages")} (k)`}>
        <Icon name="pages" />
        <span class="visually-hidden">{t("pages")}</span>
      </button>
      <nav id="pages" class="pages-popover" popover="auto" aria-label={t("pages")} onToggle={enter}>
        <Links />
      </nav>
    </>
  );
}

function enter({ currentTarget, newState }: { currentTarget: HTMLElement; newState: string }): void {
  if (newState === "open") currentTarget.querySelector("a")?.focus();
}
