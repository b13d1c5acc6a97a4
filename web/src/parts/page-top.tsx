/** The top line of the pages beside the panel: where one is, where one can go, who one is. */
import type { ComponentChildren } from "preact";
import { signOut, staff } from "../session";
import { t } from "../text";
import { Icon } from "./icon";
import { PageLinks } from "./page-links";
import { LanguageButton, ThemeButton } from "./preference-buttons";

export function PageTop({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <header class="top page-top">
      <h1 class="brand">
        {t("product")}
        <span class="visually-hidden"> {title}</span>
      </h1>
      <PageLinks />
      <div class="top-end">
        {children}
        <LanguageButton />
        <ThemeButton />
        <span class="wide-only quiet">{staff.value?.name}</span>
        <button class="plain" type="button" title={t("signOut")} onClick={() => void signOut()}>
          <Icon name="leave" />
          <span class="visually-hidden">{t("signOut")}</span>
        </button>
      </div>
    </header>
  );
}
