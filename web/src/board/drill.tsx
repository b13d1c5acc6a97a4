/** The contacts behind a figure, and its past. Read once: a list that is looked through does not move. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { request } from "../api";
import type { VocContact, VocContacts } from "../contracts";
import { Told } from "../parts/told";
import { timeOfDay } from "../text";
import { type Place, addressOf, queryOf } from "./address";
import { aboutText, OpenLink, stateText } from "./contact-cells";
import { shortLabel } from "./figures";
import { hourName } from "./heat-map";
import { History } from "./history";
import { board, topics } from "./state";
import { dateText, figure, say } from "./words";

const HOUR_MS = 3_600_000;
const MOST = 100;
/** The server counts no further. */
const MOST_COUNTED = 10_000;

export function Drill({ place }: { place: Place }) {
  const title = useRef<HTMLHeadingElement>(null);
  const reads = useSignal(0);
  const query = queryOf(place).toString();
  useEffect(() => title.current?.focus({ preventScroll: true }), [query]);
  return (
    <section class="drill" aria-labelledby="drill-title">
      <div class="part-head">
        <a href={addressOf({ district: place.district, topic: null })} class="drill-back">
          ← {say("back")}
        </a>
        <h2 id="drill-title" ref={title} tabIndex={-1}>
          {nameOf(place)}
        </h2>
        <Ways place={place} />
      </div>
      <div class={place.alertOf ? "drill-parts drill-list-alone" : "drill-parts"}>
        {!place.alertOf && <History topic={place.topic} district={place.district} />}
        <section class="drill-list" aria-labelledby="contacts-title">
          <Told about={`${query} ${reads.value}`} ask={() => request<VocContacts>("GET", `/api/voc/contacts?limit=${MOST}&${query}`)}>
            {(told) => (
              <>
                <div class="part-head">
                  <h3 id="contacts-title">
                    {say("contacts")} <span class="quiet">{countText(told)}</span>
                  </h3>
                  <button class="small" type="button" onClick={() => (reads.value += 1)}>
                    {say("reload")}
                  </button>
                </div>
                <List told={told} />
              </>
            )}
          </Told>
        </section>
      </div>
    </section>
  );
}

function Ways({ place: { topic, district, alertOf } }: { place: Place }) {
  return (
    <div class="drill-ways">
      {topic && <a href={addressOf({ topic })}>{say("mapOfTopic")}</a>}
      {district && <a href={addressOf({ district })}>{say("tableOfDistrict")}</a>}
      {alertOf && <a href={`#/board/${alertOf}`}>{say("toAlert")}</a>}
    </div>
  );
}

function List({ told }: { told: VocContacts }) {
  if (told.contacts.length === 0) return <p class="quiet">{say("contactsNone")}</p>;
  return (
    <>
      <div class="board-frame" tabIndex={0} role="group" aria-labelledby="contacts-title">
        <table class="board-table">
          <thead>
            <tr>
              <th scope="col">{say("time")}</th>
              <th scope="col">{say("who")}</th>
              <th scope="col">{say("about")}</th>
              <th scope="col">{say("said")}</th>
              <th scope="col">{say("complaints")}</th>
              <th scope="col">{say("open")}</th>
            </tr>
          </thead>
          <tbody>
            {told.contacts.map((row) => (
              <Row key={row.contact_id} row={row} />
            ))}
          </tbody>
        </table>
      </div>
      {told.total > told.contacts.length && (
        <p class="quiet">{say("contactsNewest", { count: told.contacts.length })}</p>
      )}
    </>
  );
}

function Row({ row }: { row: VocContact }) {
  return (
    <tr>
      <td class="time">
        {dateText(row.started_at_ms)} {timeOfDay(row.started_at_ms)}
      </td>
      <th scope="row">
        <span class="live-title">{row.title || say(row.kind)}</span>
        {row.state && row.state !== "ended" && <span class="chip">{stateText(row)}</span>}
        {row.urgent && <span class="chip chip-warn">{say("urgent")}</span>}
        {row.simulated && <span class="chip">{say("simulated")}</span>}
      </th>
      <td class="drill-wrap">{aboutText(row) || <span class="quiet">{say("notKnown")}</span>}</td>
      <td class="drill-wrap">{row.phrases.slice(0, 6).join(", ") || "–"}</td>
      <td class="drill-wrap">{row.complaint.join(", ") || "–"}</td>
      <td>
        <OpenLink contact={row} />
      </td>
    </tr>
  );
}

function countText({ total }: VocContacts): string {
  return say(total >= MOST_COUNTED ? "contactsMost" : "contactsCount", { count: figure(total) });
}

/** `누수·단수·수질 · 마포구 · 11.23. 14시~15시`. */
function nameOf({ topic, district, danger, alertOf, since_ms, until_ms }: Place): string {
  const alert = board.value?.alerts.find((line) => line.finding.alert_id === alertOf);
  if (alertOf) return alert ? `${alert.finding.title} · ${say("ofAlert")}` : say("ofAlert");
  const what = topic === "" ? say("noTopic") : topic === null ? "" : shortLabel(topics.value.get(topic) ?? topic);
  const hazard = danger && /^(gas|fire|flood|crowd|outage|collapse)$/.test(danger) ? say(danger as "gas") : "";
  const isHour = since_ms !== null && until_ms === since_ms + HOUR_MS;
  const when = isHour ? hourName(since_ms) : since_ms === null ? say("lastDay") : dateText(since_ms);
  const where = district ?? "";
  const parts = [what, hazard, where].filter((part) => part !== "");
  return [...(parts.length > 0 ? parts : [say("wholeCity")]), when].join(" · ");
}
