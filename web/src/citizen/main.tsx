import "./style/tokens.css";
import "./style/base.css";
import "./style/pages.css";
import "./style/talk.css";
import { effect, signal, untracked } from "@preact/signals";
import { render } from "preact";
import { followSight } from "./alerts";
import { followFrame, isFramed } from "./frame";
import { LinkPage } from "./parts/link-page";
import { StartPage } from "./parts/start-page";
import { TalkPage } from "./parts/talk-page";
import { followPreferences } from "./preferences";
import { goOnPushing, prepare } from "./push";
import { Talk } from "./talk";
import { t } from "./text";
import { begin, followLinks, followSite, stage } from "./visit";

/** The conversation that is open. */
const talk = signal<Talk | null>(null);
let isReturn = false;

function App() {
  const now = stage.value;
  if (now.kind === "link") return <LinkPage token={now.token} key={now.token} />;
  if (talk.value) return <TalkPage talk={talk.value} key={talk.value.known.contact_id} />;
  return <StartPage isReturn={isReturn} />;
}

followFrame();
followPreferences();
followSight();
begin();
followLinks();
void followSite();
effect(() => {
  const now = stage.value;
  untracked(() => {
    isReturn ||= talk.value !== null;
    talk.value?.close();
    talk.value = now.kind === "talk" ? new Talk(now.known) : null;
    if (talk.value && !isFramed) void goOnPushing(talk.value.signed);
  });
});
effect(() => {
  document.title = t("product");
});
render(<App />, document.getElementById("app")!);
if (!isFramed) void prepare();
