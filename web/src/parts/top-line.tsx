/** The line at the top: who calls, since when, hold, connection, latency. */
import { isAway, isLive, arrived, contacts, entry, link, now_ms, partialDelay_ms, select, serverNow_ms, stateText, storeIsAway, view } from "../panel";
import { hangUp } from "../intake";
import { isHelpOpen } from "../keys";
import { signOut, staff } from "../session";
import { flushSummaries } from "../summary";
import { clockTime, t } from "../text";
import { CallLanguage } from "./call-language";
import { Icon } from "./icon";
import { PagesButton } from "./page-links";
import { LanguageButton, ThemeButton } from "./preference-buttons";

export function TopLine() {
  return (
    <header class="top">
      <h1 class="brand">
        {t("product")}
        <span class="visually-hidden"> {t("panel")}</span>
      </h1>
      <PagesButton />
      <CallLine />
      <CallLanguage />
      <TroubleLine />
      <ArrivedButton />
      <div class="top-end">
        <Delay />
        <LinkState />
        <LanguageButton />
        <ThemeButton />
        <button class="plain" type="button" aria-keyshortcuts="?" onClick={() => (isHelpOpen.value = true)}>
          <Icon name="help" />
          <span class="visually-hidden">{t("help")}</span>
        </button>
        <span class="wide-only quiet">{staff.value?.name}</span>
        <button class="plain" type="button" title={t("signOut")} onClick={leave}>
          <Icon name="leave" />
          <span class="visually-hidden">{t("signOut")}</span>
        </button>
      </div>
    </header>
  );
}

/** What was typed last leaves while we may still write. */
function leave(): void {
  flushSummaries();
  void signOut();
}

function CallLine() {
  const known = entry.value;
  if (!known) return <p class="call-line quiet">{t("noContact")}</p>;
  const { contact, ended_at_ms } = known;
  const until_ms = ended_at_ms ?? serverNow_ms.value;
  const isCall = contact.kind === "call";
  const held_since_ms = isCall ? (view.value?.held_since_ms ?? null) : null;
  return (
    <div class="call-line">
      <strong class="call-title">{contact.title || t("unnamed")}</strong>
      {contact.simulated && <span class="chip">{t(isCall ? "simulated" : "simulatedChat")}</span>}
      <span class={`state time state-${contact.state}`}>
        {held_since_ms === null
          ? stateText(contact)
          : t("heldFor", { time: clockTime(serverNow_ms.value - held_since_ms) })}
      </span>
      <span class="time" title={t("elapsed")}>
        <span class="visually-hidden">{t("elapsed")} </span>
        {clockTime(until_ms - contact.started_at_ms)}
      </span>
      {isCall && isLive(contact.state) && (
        <button class="small danger" type="button" aria-keyshortcuts="Shift+H" onClick={() => void hangUp()}>
          <Icon name="phoneDown" />
          <span class="roomy-only">{t("hangUp")}</span>
        </button>
      )}
    </div>
  );
}

/** Its place is always there, so that what comes and goes in it moves nothing. The widest trouble is told. */
function TroubleLine() {
  if (isAway.value) {
    return (
      <p class="recognition trouble" role="status">
        {t("lineAway")}
      </p>
    );
  }
  const current = view.value;
  const mode = current && isLive(current.contact.state) ? (current.recognition?.mode ?? "full") : "full";
  return (
    <p class={`recognition recognition-${mode}`} role="status">
      {mode === "full" && storeIsAway.value && t("storeAway")}
      {mode === "finals" && t("recognitionFinals")}
      {mode === "refused" && t("recognitionRefused")}
    </p>
  );
}

function ArrivedButton() {
  const id = arrived.value;
  const known = contacts.value.find((each) => each.contact.contact_id === id);
  if (!known) return null;
  const title = known.contact.title || t("unnamed");
  return (
    <button class="small primary arrived" type="button" title={title} onClick={() => select(id)}>
      <span>{t(known.contact.kind === "chat" ? "newChatArrived" : "newCallArrived", { title })}</span>
    </button>
  );
}

function Delay() {
  const delay_ms = partialDelay_ms.value;
  if (delay_ms === null) return null;
  return (
    <span class={delay_ms > 2000 ? "delay warn" : "delay"} title={t("latencyHint")}>
      <span class="roomy-only">{t("latency")} </span>
      {t("seconds", { value: (delay_ms / 1000).toFixed(1) })}
    </span>
  );
}

function LinkState() {
  const state = link.value;
  switch (state.kind) {
    case "open":
      return <span class="link link-open" role="status">{t("linkOpen")}</span>;
    case "connecting":
      return <span class="link link-waiting" role="status">{t("linkConnecting")}</span>;
    case "closed":
      return <span class="link link-closed" role="status">{t("linkClosed")}</span>;
    case "waiting": {
      const seconds = Math.max(0, Math.ceil((state.retry_at_ms - now_ms.value) / 1000));
      return <span class="link link-waiting">{t("linkWaiting", { seconds })}</span>;
    }
  }
}
