/** Where a passage comes from and how far it can be relied on; the server says what is stale. */
import type { Snippet } from "../contracts";
import { serverNow_ms } from "../panel";
import { t } from "../text";
import { dayOf, validityOf } from "../validity";

export function CardFacts({ snippet }: { snippet: Snippet }) {
  const { department, district, revised, agency, stale, valid_until, kind } = snippet;
  if (kind === "agency") {
    return (
      <p class="facts">
        <span class="chip chip-warn">{t("otherAgency")}</span>
        <span class="facts-place" title={agency}>
          {agency}
        </span>
      </p>
    );
  }
  const place = [department, district || t("cityWide")].filter(Boolean).join(" · ");
  return (
    <p class="facts">
      {agency && (
        <span class="chip chip-warn" title={agency}>
          {t("otherAgency")}: {agency}
        </span>
      )}
      <span class="facts-place" title={place}>
        {place}
      </span>
      {stale && (
        <span class="chip chip-warn facts-old" title={t("staleNote")}>
          {t("stale")}
        </span>
      )}
      <ValidChip until={valid_until} />
      <span class="time facts-date">{t("revised", { date: revised })}</span>
    </p>
  );
}

/** Only where the end is near or past: else it would be noise. */
export function ValidChip({ until }: { until: string | null }) {
  const validity = validityOf(until, dayOf(serverNow_ms.peek()));
  if (validity === "none") return null;
  return (
    <span class="chip chip-warn facts-old" title={t(validity === "over" ? "validOverNote" : "validUntil", { date: until ?? "" })}>
      {t(validity === "over" ? "validOver" : "validUntil", { date: (until ?? "").slice(5) })}
    </span>
  );
}
