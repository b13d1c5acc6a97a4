/** The supervisor's page: numbers now, alerts, heat map, districts, live contacts; also for a wall. */
import { useEffect } from "preact/hooks";
import { AlertDetail } from "../alerts/alert-detail";
import { AlertInbox } from "../alerts/inbox";
import type { Board } from "../contracts";
import { later } from "../parts/later";
import { PageTop } from "../parts/page-top";
import { pagesOf } from "../route";
import { staff } from "../session";
import "../style/board.css";
import "../style/board-heat.css";
import "../style/board-map.css";
import { t } from "../text";
import { Drill } from "./drill";
import { AsOf, DetectorMark, FirstTrouble, Learning, SimulatedMark } from "./notices";
import { Numbers } from "./numbers";
import { Overview } from "./overview";
import { followPlace, place, visit } from "./place";
import { board, startBoard, trouble } from "./state";
import { say } from "./words";

const Wall = later(async () => (await import("./wall")).Wall);

export function BoardPage() {
  const maySee = pagesOf(staff.value?.role).includes("board");
  useEffect(() => {
    document.title = `${say("title")} · ${t("product")}`;
  }, []);
  useEffect(() => {
    if (!maySee) return undefined;
    const stops = [followPlace(), startBoard()];
    return () => stops.forEach((stop) => stop());
  }, [maySee]);
  if (!maySee) return <NotYours />;
  if (place.value.view === "wall") return <Wall />;
  const told = board.value;
  return (
    <div class="page">
      <PageTop title={say("title")}>
        <AsOf />
        {told && <SimulatedMark board={told} />}
        <button class="small" type="button" title={say("wallHint")} onClick={toWall}>
          {say("wall")}
        </button>
      </PageTop>
      <main class={trouble.value ? "board board-old" : "board"} tabIndex={-1}>
        {told ? <Known told={told} /> : <FirstTrouble />}
      </main>
    </div>
  );
}

function Known({ told }: { told: Board }) {
  const { view, alert } = place.value;
  return (
    <>
      <Numbers live={told.live} />
      <Learning board={told} />
      <div class="board-parts">
        <div class={`board-main board-${view}`}>
          {view === "alert" && <AlertDetail alertId={alert} />}
          {view === "contacts" && <Drill place={place.value} />}
          {view === "overview" && <Overview told={told} />}
        </div>
        <div class="board-side">
          <AlertInbox lines={told.alerts} />
          <DetectorMark />
        </div>
      </div>
    </>
  );
}

function NotYours() {
  return (
    <div class="page">
      <PageTop title={say("title")} />
      <main class="board">
        <h2>{say("notYours")}</h2>
        <a href="#/">{say("toPanel")}</a>
      </main>
    </div>
  );
}

/** Full screen where the browser lets it be: the page is the same without. */
function toWall(): void {
  document.documentElement.requestFullscreen?.().catch(() => undefined);
  visit("#/board/wall");
}
