/** The form as the site wants it: a row a field, each with its evidence. */
import type { FormRow, SummaryDrafted } from "../contracts";
import { type Field, doubtsOf, missing, otherCategories } from "../form";
import { isLive, view } from "../panel";
import { form, labelOf, rows, type } from "../summary";
import { t } from "../text";
import { Evidence, type EvidenceLine } from "./summary-evidence";

/** Evidence of the category that fits beside its one row. */
const FEW = 2;

/** Three of them share a line. */
const SHORT: ReadonlySet<Field> = new Set(["agency", "due", "owner"]);

export function SummaryFields({ draft }: { draft: SummaryDrafted | null }) {
  return (
    <div class="summary-rows">
      {rows.value.map((row) => (
        <FieldRow key={row.name} row={row} draft={draft} />
      ))}
    </div>
  );
}

function FieldRow({ row, draft }: { row: FormRow; draft: SummaryDrafted | null }) {
  const { name } = row;
  const id = `summary-${name}`;
  const isShort = row.rows === 1 && SHORT.has(name);
  return (
    <div class={isShort ? "field field-short" : `field field-${name}`}>
      <div class="field-head">
        <label for={id}>{labelOf(name)}</label>
        <Hints name={name} draft={draft} />
        <Evidence lines={linesOf(name, draft)} />
      </div>
      {row.rows > 1 ? (
        <textarea
          id={id}
          rows={row.rows}
          value={form.value.text[name]}
          aria-describedby={`${id}-hints`}
          onInput={(event) => type(name, event.currentTarget.value)}
        />
      ) : (
        <div class={name === "category" ? "field-line field-choice" : "field-line"}>
          <OneLine row={row} id={id} />
          {name === "category" && <OtherCategories draft={draft} />}
        </div>
      )}
    </div>
  );
}

function OneLine({ row: { name, options }, id }: { row: FormRow; id: string }) {
  return (
    <>
      <input
        id={id}
        type="text"
        list={options.length > 0 ? `${id}-options` : undefined}
        autocomplete="off"
        value={form.value.text[name]}
        aria-describedby={`${id}-hints`}
        onInput={(event) => type(name, event.currentTarget.value)}
      />
      {options.length > 0 && (
        <datalist id={`${id}-options`}>
          {options.map((option) => (
            <option key={option} value={option} />
          ))}
        </datalist>
      )}
    </>
  );
}

/** Words, not colour alone: what is empty that should not be, how many pieces nobody said. */
function Hints({ name, draft }: { name: Field; draft: SummaryDrafted | null }) {
  const isOver = !isLive(view.value?.contact.state ?? "talking");
  // Before the draft is there nobody expects anything.
  const isDue = isOver && (draft !== null || form.value.owner === "agent");
  const isMissing = isDue && missing(form.value, rows.value).includes(name);
  const doubts = doubtsOf(form.value, draft).filter((line) => line.field === name);
  const count = doubts.flatMap((line) => line.pieces).filter((piece) => piece.kind !== null).length;
  return (
    <span class="hints" id={`summary-${name}-hints`}>
      {isMissing && <span class="chip chip-warn">{t("requiredEmpty")}</span>}
      {count > 0 && <span class="chip chip-warn">{t("doubtsHere", { count })}</span>}
    </span>
  );
}

function OtherCategories({ draft }: { draft: SummaryDrafted | null }) {
  const others = otherCategories(form.value, draft);
  if (others.length === 0) return null;
  return (
    <ul class="others" aria-label={t("otherCategories")}>
      {others.map(({ label, confidence }) => (
        <li key={label}>
          <button
            class="small"
            type="button"
            title={label}
            aria-label={t("useCategory", { label, percent: Math.round(confidence * 100) })}
            onClick={() => type("category", label)}
          >
            {label}
          </button>
        </li>
      ))}
    </ul>
  );
}

function linesOf(name: Field, draft: SummaryDrafted | null): readonly EvidenceLine[] {
  if (!draft) return [];
  if (name !== "category") return draft.lines.filter((line) => line.field === name);
  const { category } = draft;
  return category ? [{ text: category.label, evidence: category.evidence.slice(0, FEW) }] : [];
}
