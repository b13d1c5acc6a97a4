/** The guide editor: the list at the left, an article or the overview beside it. */
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { NEW, flush, open, startDesk } from "../guide-editor/desk";
import { GuideDesk } from "../guide-editor/guide-desk";
import { GuideShelf } from "../guide-editor/guide-list";
import { Overview } from "../guide-editor/overview";
import { startShelf, told } from "../guide-editor/shelf";
import { say } from "../guide-editor/words";
import { isTypingIn } from "../keys";
import { letterKeys } from "../preferences";
import { pagesOf, rest, wanted } from "../route";
import { staff } from "../session";
import { t } from "../text";
import "../style/editor.css";
import "../style/editor-desk.css";
import "../style/editor-overview.css";
import "../style/editor-narrow.css";
import { PageTop } from "./page-top";

export function GuidesPage() {
  const mayWrite = pagesOf(staff.value?.role).includes("guides");
  useSignalEffect(() => {
    document.title = `${say("title")} · ${t("product")}`;
  });
  return (
    <div class="page">
      <PageTop title={say("title")} />
      {mayWrite ? <Editor /> : <NotYours />}
    </div>
  );
}

/** A sentence and a way on, no closed door. */
function NotYours() {
  return (
    <main class="not-yours">
      <h2>{say("notYours")}</h2>
      <p>{say("notYoursNote")}</p>
      <a href="#/">{say("toPanel")}</a>
    </main>
  );
}

function Editor() {
  useEffect(() => {
    const stops = [startShelf(), startDesk(), startEditorKeys()];
    return () => stops.forEach((stop) => stop());
  }, []);
  const last = useRef("");
  useSignalEffect(() => {
    const id = rest.value;
    void open(id);
    if (!id && last.current) backTo(last.current);
    last.current = id;
  });
  return (
    <main class="editor" data-place={rest.value ? "desk" : "shelf"}>
      <GuideShelf />
      {rest.value ? <GuideDesk /> : <Overview />}
      <div class="visually-hidden" role="status" aria-live="polite">
        {told.value}
      </div>
    </main>
  );
}

/** The keyboard goes back to where the article was opened. */
function backTo(id: string): void {
  requestAnimationFrame(() => {
    document.querySelector<HTMLElement>(`.shelf-entry[href="#/guides/${encodeURIComponent(id)}"]`)?.focus();
  });
}

/** `/` to the search, `n` for a new guide, Ctrl+S; Esc leaves a field. Letters by their place on the keyboard. */
function startEditorKeys(): () => void {
  const pressed = (event: KeyboardEvent): void => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.code === "KeyS" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void flush();
      return;
    }
    if (event.key === "Escape") return escape(event.target);
    if (event.ctrlKey || event.altKey || event.metaKey || isTypingIn(event.target) || !letterKeys.value) return;
    if (event.code === "Slash" && !event.shiftKey) {
      event.preventDefault();
      document.getElementById("shelf-search")?.focus();
    } else if (event.code === "KeyN") location.hash = `#/guides/${NEW}`;
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

/** Out of a field first, then the question whether to leave, then the article. */
function escape(target: EventTarget | null): void {
  if (isTypingIn(target)) (target as HTMLElement).blur();
  else if (wanted.value !== null) wanted.value = null;
  else if (rest.value) location.hash = "#/guides";
}
