/** Figures that the server tells: what is shown stays until the next ones are here, so nothing flickers. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { ApiError, sentenceOf } from "../api";
import { t } from "../text";

/** Asked anew for each `about`, and when the reader tries again after a failure. */
export function Told<T>(props: {
  about: string | number;
  ask: () => Promise<T>;
  children: (told: T) => ComponentChildren;
}) {
  const { about, ask, children } = props;
  const found = useSignal<{ told: T } | null>(null);
  const trouble = useSignal("");
  const tries = useSignal(0);
  useEffect(() => {
    let isOld = false;
    ask().then(
      (told) => {
        if (isOld) return;
        found.value = { told };
        trouble.value = "";
      },
      (error: unknown) => {
        if (!isOld) trouble.value = error instanceof ApiError ? sentenceOf(error) : t("unreachable");
      },
    );
    return () => {
      isOld = true;
    };
  }, [about, tries.value]);
  return (
    <>
      {trouble.value && (
        <p class="error" role="alert">
          {trouble.value}{" "}
          <button class="plain" type="button" onClick={() => (tries.value += 1)}>
            {t("retry")}
          </button>
        </p>
      )}
      {found.value ? children(found.value.told) : !trouble.value && <p class="quiet">{t("loading")}</p>}
    </>
  );
}
