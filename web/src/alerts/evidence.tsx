/** What the alert rests on: where, about what, in which words; what citizens said once enough of them did. */
import { head, now, view } from "./desk";
import { drillAddress } from "./place";
import { shortLabel } from "./sentences";
import { figure, when } from "./times";
import { say } from "./words";

/** Contacts from which on words are shown; the server decides, this only says why there are none yet. */
const QUOTES_FROM = 5;

export function Evidence() {
  const { finding } = view.value!;
  const state = head.value!;
  return (
    <section class="alert-evidence" aria-labelledby="evidence-title">
      <div class="evidence-head">
        <h3 id="evidence-title">{say("evidence")}</h3>
        <a href={drillAddress(finding.alert_id)}>{say("drill")}</a>
      </div>
      <dl>
        <div>
          <dt>{say("districts")}</dt>
          <dd>
            <Counts of={finding.districts.map((each) => ({ name: each.district || say("districtUnnamed"), count: each.contacts }))} />
          </dd>
        </div>
        <div>
          <dt>{say("topics")}</dt>
          <dd>
            <Counts
              of={finding.topics.map((each) => ({ name: shortLabel(each.label) || each.topic || "–", count: each.contacts }))}
            />
          </dd>
        </div>
        {finding.phrases.length > 0 && (
          <div>
            <dt>{say("phrases")}</dt>
            <dd>
              <Counts
                of={finding.phrases.map((each) => ({ name: each.phrase, count: each.contacts, isNew: each.is_new }))}
              />
            </dd>
          </div>
        )}
        <div>
          <dt>{say("complaints")}</dt>
          <dd>{say("complaintCount", { of: figure(finding.contacts), count: figure(finding.complaints) })}</dd>
        </div>
        <div>
          <dt>{state.department ? say("assignedTo") : say("suggested")}</dt>
          <dd>{state.department ? [state.department, state.person].filter(Boolean).join(" ") : finding.department || say("suggestedNone")}</dd>
        </div>
      </dl>
      <Quotes />
    </section>
  );
}

const MOST = 8;

function Counts({ of: all }: { of: readonly { name: string; count: number; isNew?: boolean }[] }) {
  if (all.length === 0) return <>–</>;
  return (
    <ul class="evidence-counts">
      {all.slice(0, MOST).map(({ name, count, isNew }) => (
        <li key={name} class={isNew ? "is-new" : ""}>
          {name} <span class="time">{figure(count)}</span>
          {isNew && <span class="chip chip-new">{say("newPhrase")}</span>}
        </li>
      ))}
    </ul>
  );
}

function Quotes() {
  const { finding } = view.value!;
  const at = now.value;
  return (
    <div class="alert-quotes">
      <h4>{say("quotes")}</h4>
      {finding.quotes.length === 0 ? (
        <p class="quiet">{say(finding.contacts < QUOTES_FROM ? "quotesNone" : "quotesLate")}</p>
      ) : (
        <>
          <ul>
            {finding.quotes.map((quote) => (
              <li key={`${quote.contact_id}${quote.at_ms}`}>
                <q>{quote.text}</q>{" "}
                <span class="quiet time">{[when(quote.at_ms, at), quote.district].filter(Boolean).join(" · ")}</span>
              </li>
            ))}
          </ul>
          <p class="quiet">{say("quotesNote")}</p>
        </>
      )}
    </div>
  );
}
