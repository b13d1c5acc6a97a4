/** How grave an alert is: a word and a shape, not a colour alone. */
import type { AlertLine, Severity } from "../contracts";
import { say } from "./words";

const SHAPES: Readonly<Record<Severity, string>> = {
  watch: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z",
  warning: "M8 1.500l7 12.500H1z",
  severe: "M8 .5L15.500 8 8 15.500.5 8z",
};

export function SeverityMark({ severity }: { severity: Severity }) {
  return (
    <span class={`severity severity-${severity}`}>
      <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden="true" focusable="false">
        <path d={SHAPES[severity]} />
      </svg>
      {say(severity)}
    </span>
  );
}

/** Its lane where that is the public's safety, and whether its contacts are simulated. */
export function KindMarks({ line: { finding } }: { line: Pick<AlertLine, "finding"> }) {
  return (
    <>
      {finding.lane === "safety" && <span class="chip chip-safety">{say("safety")}</span>}
      {finding.simulated && <span class="chip chip-warn">{say("simulated")}</span>}
    </>
  );
}
