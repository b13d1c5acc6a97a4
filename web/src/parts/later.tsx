import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { t } from "../text";

/** A page whose code is fetched when it is first looked at. */
export function Later({ load }: { load: () => Promise<ComponentType> }) {
  const page = useSignal<ComponentType | null>(null);
  const failed = useSignal(false);
  useEffect(() => {
    load().then(
      (loaded) => (page.value = loaded),
      () => (failed.value = true),
    );
  }, []);
  const Loaded = page.value;
  if (Loaded) return <Loaded />;
  return <p class={failed.value ? "error" : "quiet"} role={failed.value ? "alert" : undefined}>{t(failed.value ? "unreachable" : "loading")}</p>;
}
