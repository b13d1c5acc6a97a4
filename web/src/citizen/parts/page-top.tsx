import type { ComponentChildren } from "preact";
import { closeFrame, isFramed } from "../frame";
import { said, t } from "../text";
import { site } from "../visit";
import { OtherWays } from "./other-ways";

/** Whose page it is, and the other ways to a person. */
export function PageTop({ children }: { children?: ComponentChildren }) {
  const known = site.value;
  return (
    <header class="top">
      <div class="top-line">
        <span class="brand">{known ? said({ ko: known.name_ko, en: known.name_en }) : t("product")}</span>
        {children}
        {isFramed && (
          <button type="button" onClick={closeFrame}>
            {t("close")}
          </button>
        )}
      </div>
      <OtherWays />
    </header>
  );
}
