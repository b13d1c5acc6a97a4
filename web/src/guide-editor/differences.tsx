/** Two texts, line by line. What was taken out and what came in is said in words, too. */
import type { GuideText } from "../contracts";
import { differences, folded, linesOf } from "./diff";
import { type WordKey, say } from "./words";

const NAMES: Record<Exclude<keyof GuideText, "body" | "sample">, WordKey> = {
  title: "fieldTitle", category: "fieldCategory", department: "fieldDepartment", district: "fieldDistrict",
  agency: "fieldAgency", keywords: "fieldKeywords", revised: "fieldRevised", checked: "fieldChecked",
  valid_from: "fieldFrom", valid_until: "fieldUntil", source: "fieldSource",
};

export function Differences({ from, to, label }: { from: GuideText; to: GuideText; label: string }) {
  const named = (field: keyof GuideText): string => (field in NAMES ? say(NAMES[field as keyof typeof NAMES]) : field);
  const lines = folded(differences(linesOf(from, named), linesOf(to, named)));
  if (lines.every((line) => line.kind === "skipped" || line.kind === "same")) return <p class="quiet">{say("noDifference")}</p>;
  return (
    <ol class="differences" tabIndex={0} aria-label={label}>
      {lines.map((line, at) => {
        switch (line.kind) {
          case "skipped":
            return (
              <li key={at} class="quiet">
                {say("sameLines", { count: line.count })}
              </li>
            );
          case "same":
            return <li key={at}>{line.text || "\u00a0"}</li>;
          case "out":
            return (
              <li key={at} class="line-out">
                <del>
                  <span class="visually-hidden">{say("removed")}: </span>
                  {line.text || "\u00a0"}
                </del>
              </li>
            );
          case "in":
            return (
              <li key={at} class="line-in">
                <ins>
                  <span class="visually-hidden">{say("added")}: </span>
                  {line.text || "\u00a0"}
                </ins>
              </li>
            );
        }
      })}
    </ol>
  );
}
