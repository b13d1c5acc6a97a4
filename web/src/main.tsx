import "pretendard-gov/dist/web/variable/pretendardvariable-gov-dynamic-subset.css";
import "./style/tokens.css";
import "./style/base.css";
import "./style/panel.css";
import "./style/talk.css";
import "./style/hearing.css";
import "./style/guides.css";
import "./style/article.css";
import "./style/summary.css";
import "./style/pages.css";
import "./style/narrow.css";
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { later } from "./parts/later";
import { PanelPage } from "./parts/panel-page";
import { followPreferences } from "./preferences";
import { followAddress, route } from "./route";
import { askWhoIAm, serverIsAway, staff } from "./session";
import { t } from "./text";

const ASK_AGAIN_MS = 3000;

function App() {
  useEffect(() => {
    void askWhoIAm();
    // A page that was opened while the server is away opens by itself when it is back.
    const again = setInterval(() => {
      if (staff.value === undefined) void askWhoIAm();
    }, ASK_AGAIN_MS * (1 + Math.random()));
    return () => clearInterval(again);
  }, []);
  if (staff.value) return <Page />;
  if (staff.value === null) return <SignIn />;
  return (
    <main class="sign-in">
      {serverIsAway.value ? (
        <p role="alert">
          {t("unreachable")}{" "}
          <button class="plain" type="button" onClick={() => void askWhoIAm()}>
            {t("retry")}
          </button>
        </p>
      ) : (
        <p class="quiet">{t("loading")}</p>
      )}
    </main>
  );
}

/** Who is signed in for a shift needs it once. */
const SignIn = later(async () => (await import("./parts/sign-in")).SignIn, true);

/** Whoever looks at calls all day never loads the other pages. */
const BoardPage = later(async () => (await import("./board/board-page")).BoardPage);
const GuidesPage = later(async () => (await import("./parts/guides-page")).GuidesPage);
const QualityPage = later(async () => (await import("./parts/quality-page")).QualityPage);

function Page() {
  switch (route.value) {
    case "board":
      return <BoardPage />;
    case "guides":
      return <GuidesPage />;
    case "quality":
      return <QualityPage />;
    case "panel":
      return <PanelPage />;
  }
}

followAddress();
followPreferences();
render(<App />, document.getElementById("app")!);
