/** Who did what when: the newest last, as it happened. */
import { nameOf, now, view } from "./desk";
import { deedText, remarkOf } from "./sentences";
import { when } from "./times";
import { say } from "./words";

export function History() {
  const { actions } = view.value!;
  const at = now.value;
  return (
    <section class="alert-history" aria-labelledby="history-title">
      <h3 id="history-title">{say("history")}</h3>
      {actions.length === 0 ? (
        <p class="quiet">{say("historyNone")}</p>
      ) : (
        <ol>
          {actions.map((action) => (
            <li key={action.action_id}>
              <span class="quiet time">{when(action.at_ms, at)}</span>{" "}
              <span>
                <strong>{nameOf(action.staff_id)}</strong> {deedText(action.deed, at)}
                {remarkOf(action.deed) && <span class="history-remark">{remarkOf(action.deed)}</span>}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
