/** The agent panel: top line, rail, conversation, guides and wrap-up. */
import { useEffect, useRef } from "preact/hooks";
import { chatSide } from "../chat-side";
import { isHelpOpen } from "../keys";
import { startKeys } from "../shortcuts";
import { startGaps } from "../gaps";
import { startGuides } from "../guides";
import { announcement, selected, startPanel } from "../panel";
import { startPlayback } from "../playback-audio";
import { startSummary } from "../summary";
import { type Tab, tab } from "../tabs";
import { type TextKey, t } from "../text";
import { GuidePane } from "./guide-pane";
import { later } from "./later";
import { Rail } from "./rail";
import { SummaryPane } from "./summary-pane";
import { TopLine } from "./top-line";
import { Transcript } from "./transcript";

const HelpSheet = later(async () => (await import("./help-sheet")).HelpSheet, true);

const TABS: readonly [Tab, TextKey][] = [
  ["talk", "transcript"],
  ["guides", "guides"],
  ["summary", "summary"],
  ["contacts", "contacts"],
];

export function PanelPage() {
  useEffect(() => {
    const stops = [startGuides(), startGaps(), startSummary(), startPlayback(), startKeys(), startPanel()];
    return () => stops.forEach((stop) => stop());
  }, []);
  const askedForHelp = useRef(false);
  askedForHelp.current ||= isHelpOpen.value;
  return (
    <div class="panel" data-tab={tab.value}>
      <TopLine />
      <Rail />
      <main class="main">
        <Conversation />
        <div class="side">
          <GuidePane />
          <SummaryPane />
        </div>
      </main>
      <nav class="tabs" aria-label={t("panel")}>
        {TABS.map(([name, label]) => (
          <button
            key={name}
            type="button"
            aria-current={tab.value === name ? "page" : undefined}
            onClick={() => (tab.value = name)}
          >
            {t(label)}
          </button>
        ))}
      </nav>
      {askedForHelp.current && <HelpSheet />}
      <div class="visually-hidden" role="status" aria-live="polite">
        {announcement.value}
      </div>
    </div>
  );
}

/** What was said in a call, or the desk of a chat. */
function Conversation() {
  const side = chatSide.value;
  return side?.isShown.value ? <side.Desk key={selected.value} /> : <Transcript />;
}
