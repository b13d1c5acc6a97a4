import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { t } from "../text";

/** A part whose code is fetched when it is first looked at, or when `prepare` is called; `isSilent`: nothing stands
 * in its place until then. */
export function later(load: () => Promise<ComponentType>, isSilent = false): ComponentType & { prepare: () => void } {
  const part = signal<ComponentType | null>(null);
  const failed = signal(false);
  const fetchIt = (): void => {
    if (part.peek()) return;
    failed.value = false;
    load().then(
      (loaded) => (part.value = loaded),
      () => (failed.value = true),
    );
  };

  function Later() {
    useEffect(fetchIt, []);
    const Part = part.value;
    if (Part) return <Part />;
    if (!failed.value) return isSilent ? null : <p class="quiet">{t("loading")}</p>;
    return (
      <p class="error" role="alert">
        {t("unreachable")}{" "}
        <button class="plain" type="button" onClick={fetchIt}>
          {t("retry")}
        </button>
      </p>
    );
  }
  return Object.assign(Later, { prepare: fetchIt });
}
