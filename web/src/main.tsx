import "pretendard-gov/dist/web/variable/pretendardvariable-gov-dynamic-subset.css";
import "./style/tokens.css";
import "./style/base.css";
import "./style/panel.css";
import "./style/talk.css";
import "./style/hearing.css";
import "./style/guides.css";
import "./style/summary.css";
import "./style/narrow.css";
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { PanelPage } from "./parts/panel-page";
import { SignIn } from "./parts/sign-in";
import { followPreferences } from "./preferences";
import { askWhoIAm, serverIsAway, staff } from "./session";
import { t } from "./text";

function App() {
  useEffect(() => void askWhoIAm(), []);
  if (staff.value) return <PanelPage />;
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

followPreferences();
render(<App />, document.getElementById("app")!);
