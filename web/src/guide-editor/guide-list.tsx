/** The list of guides: which ones, in which order, what became of each. */
import { useEffect } from "preact/hooks";
import type { GuideEntry, GuideFlag, GuideStatus } from "../contracts";
import { rest } from "../route";
import { NEW } from "./desk";
import { DISTRICTS } from "./districts";
import { PAGE, type Sort, TABS, countOf } from "./list-query";
import { askList, choose, figures, filters, list, listError } from "./shelf";
import { GapList } from "./gap-list";
import { type WordKey, say } from "./words";
import { t } from "../text";

export function GuideShelf() {
  return (
    <section class="shelf" aria-labelledby="shelf-title">
      <h2 id="shelf-title" class="visually-hidden">
        {say("list")}
      </h2>
      <a class="button narrow-only" href={`#/guides/${NEW}`}>
        {say("newGuide")}
      </a>
      <Tabs />
      {filters.value.tab === "gaps" ? <GapList /> : <GuideList />}
    </section>
  );
}

function Tabs() {
  return (
    <div class="shelf-tabs" role="group" aria-label={say("tabs")}>
      {TABS.map(([tab, name]) => {
        const count = countOf(tab, figures.value);
        return (
          <button key={tab} class="small" type="button" aria-pressed={filters.value.tab === tab} onClick={() => choose({ tab })}>
            {say(name)}
            {count !== null && <span class="count time">{count}</span>}
          </button>
        );
      })}
    </div>
  );
}

function GuideList() {
  const found = list.value;
  return (
    <>
      <Filters />
      <p class="shelf-count quiet" role="status">
        {listError.value ? "" : found ? (found.total > 0 ? say("found", { count: found.total }) : say("noneFound")) : t("loading")}
      </p>
      {listError.value && (
        <p class="error" role="alert">
          {say("listFailed")}: {listError.value}{" "}
          <button class="plain" type="button" onClick={() => void askList()}>
            {t("retry")}
          </button>
        </p>
      )}
      <ul class="shelf-list">
        {found?.entries.map((entry) => (
          <Entry key={entry.article_id} entry={entry} />
        ))}
      </ul>
      {found && found.total > PAGE && <Paging total={found.total} />}
    </>
  );
}

function Filters() {
  const { text, sort, district } = filters.value;
  return (
    <search class="shelf-filters">
      <input
        id="shelf-search"
        type="search"
        value={text}
        maxLength={200}
        placeholder={say("searchHint")}
        aria-label={say("search")}
        aria-keyshortcuts="/"
        onInput={(event) => choose({ text: event.currentTarget.value })}
      />
      <select aria-label={say("district")} value={district} onChange={(event) => choose({ district: event.currentTarget.value })}>
        <option value="">{say("allDistricts")}</option>
        {DISTRICTS.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select aria-label={say("sort")} value={sort} onChange={(event) => choose({ sort: event.currentTarget.value as Sort })}>
        <option value="title">{say("sortTitle")}</option>
        <option value="use">{say("sortUse")}</option>
        <option value="stale">{say("sortStale")}</option>
      </select>
    </search>
  );
}

const MARKS: Record<GuideStatus | GuideFlag, WordKey> = {
  draft: "draft", review: "review", published: "published", retired: "retired", stale: "stale", expiring: "expiring",
  expired: "expired", coming: "coming", needs_revision: "needs_revision", unused: "unused",
};

function Entry({ entry }: { entry: GuideEntry }) {
  const { article_id, title, category, department, district, status, open_status, flags, revised, use } = entry;
  const { last_shown_ms: _, ...counts } = use;
  const marks = [...(status === "published" ? [] : [status]), ...(open_status && open_status !== status ? [open_status] : [])];
  return (
    <li>
      <a
        class="shelf-entry"
        href={`#/guides/${encodeURIComponent(article_id)}`}
        aria-current={rest.value === article_id ? "page" : undefined}
      >
        <strong>{title || say("untitled")}</strong>
        <span class="shelf-facts quiet">
          {[category, department, district || say("cityWide"), revised && t("revised", { date: revised })].filter(Boolean).join(" · ")}
        </span>
        <span class="shelf-facts">
          {marks.map((mark) => (
            <span key={mark} class="chip chip-step">
              {say(MARKS[mark])}
            </span>
          ))}
          {flags.map((flag) => (
            <span key={flag} class="chip chip-warn">
              {say(MARKS[flag])}
            </span>
          ))}
          <span class="quiet">{use.shown > 0 ? say("use", counts) : say("never")}</span>
        </span>
      </a>
    </li>
  );
}

function Paging({ total }: { total: number }) {
  const { offset } = filters.value;
  const last = Math.min(offset + PAGE, total);
  useEffect(() => {
    document.querySelector(".shelf-list")?.scrollTo(0, 0);
  }, [offset]);
  return (
    <nav class="shelf-paging" aria-label={say("list")}>
      <button class="small" type="button" aria-disabled={offset === 0} onClick={() => offset > 0 && choose({ offset: Math.max(0, offset - PAGE) })}>
        {say("previousPage")}
      </button>
      <span class="quiet time">{say("pageOf", { from: offset + 1, to: last, total })}</span>
      <button class="small" type="button" aria-disabled={last >= total} onClick={() => last < total && choose({ offset: offset + PAGE })}>
        {say("nextPage")}
      </button>
    </nav>
  );
}
