import { lang } from "../preferences";
import { t } from "../text";
import { site } from "../visit";

/** The 107 relay and the sign-language video call: always in sight. */
export function OtherWays() {
  const links = site.value?.links;
  if (!links) return null;
  return (
    <nav class="ways" aria-label={t("otherWays")}>
      <Way url={links.relay_url} name={links.relay_ko} english="107 relay service" />
      <Way url={links.sign_url} name={links.sign_ko} english="Sign language video" />
    </nav>
  );
}

function Way({ url, name, english }: { url: string; name: string; english: string }) {
  if (!url || !/^(https?|tel|sms):/.test(url)) return null;
  const outside = url.startsWith("http");
  return (
    <a href={url} {...(outside ? { target: "_blank", rel: "noopener noreferrer" } : {})}>
      {lang.value === "ko" ? name : english}
      {outside && <span class="visually-hidden"> ({t("opensOutside")})</span>}
    </a>
  );
}
