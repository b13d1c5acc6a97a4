/** The article that is open: its state, its form, how it will look, its versions. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { rest, wanted } from "../route";
import { t } from "../text";
import { Conflict } from "./conflict";
import { NEW, deskError, draft, leaveAnyway, opened, readAgain } from "./desk";
import { isUnsaved } from "./draft";
import { GuideForm } from "./guide-form";
import { Preview } from "./guide-preview";
import { StepLine } from "./step-line";
import { Versions } from "./versions";
import { say } from "./words";

export function GuideDesk() {
  const now = draft.value;
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.querySelector(".editor")?.scrollTo(0, 0);
    if (rest.peek() === NEW) document.getElementById("guide-title")?.focus();
    else title.current?.focus();
  }, [opened.value]);
  return (
    <section class="desk" aria-labelledby="desk-title">
      <div class="desk-head">
        <a class="narrow-only" href="#/guides">
          ← {say("toList")}
        </a>
        <h2 ref={title} id="desk-title" tabIndex={-1}>{now?.text.title || (rest.value === NEW ? say("newGuide") : say("article"))}</h2>
      </div>
      {deskError.value && (
        <p class="error" role="alert">
          {say("articleFailed")}: {deskError.value}{" "}
          <button class="plain" type="button" onClick={() => void readAgain(rest.value)}>
            {t("retry")}
          </button>
        </p>
      )}
      {!now && !deskError.value && <p class="quiet">{t("loading")}</p>}
      {now && (
        <>
          <LeaveBar />
          <StepLine />
          {now.state === "conflict" ? <Conflict draft={now} /> : <Sides />}
        </>
      )}
    </section>
  );
}

type Side = "preview" | "versions";

/** Beside each other where there is room, else below. */
function Sides() {
  const side = useSignal<Side>("preview");
  return (
    <div class="sides">
      <GuideForm />
      <div class="side-view">
        <div class="side-tabs" role="group" aria-label={say("preview")}>
          <button class="small" type="button" aria-pressed={side.value === "preview"} onClick={() => (side.value = "preview")}>
            {say("preview")}
          </button>
          <button class="small" type="button" aria-pressed={side.value === "versions"} onClick={() => (side.value = "versions")}>
            {say("versions")}
          </button>
        </div>
        {side.value === "preview" ? <Preview /> : <Versions />}
      </div>
    </div>
  );
}

/** Asked in the page itself: nothing is locked meanwhile. */
function LeaveBar() {
  const now = draft.value;
  if (wanted.value === null || !now || !isUnsaved(now) || now.state === "saving") return null;
  if (now.state === "dirty" && now.text.title.trim()) return null; // it is being sent
  return (
    <div class="bar" role="alert">
      <span>{say("leaveAsk")}</span>
      <button class="small primary" type="button" onClick={() => (wanted.value = null)}>
        {say("stay")}
      </button>
      <button class="small danger" type="button" onClick={leaveAnyway}>
        {say("leaveAnyway")}
      </button>
    </div>
  );
}
