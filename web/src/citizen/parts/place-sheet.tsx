import { useSignal } from "@preact/signals";
import { degrees, findPlace, type Found } from "../location";
import type { Talk } from "../talk";
import { t } from "../text";
import { Sheet } from "./sheet";

const LABEL_LENGTH = 200;

/** Where the citizen is: said in plain words first, found by one button, sent by another. */
export function PlaceSheet({ talk, onClose }: { talk: Talk; onClose: () => void }) {
  const found = useSignal<Found | null>(null);
  const label = useSignal("");
  const problem = useSignal("");
  const busy = useSignal(false);

  const find = async (): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    problem.value = "";
    try {
      found.value = await findPlace();
    } catch {
      problem.value = t("placeDenied");
    } finally {
      busy.value = false;
    }
  };

  const send = (): void => {
    if (!found.value) return;
    talk.submit({ kind: "place", ...found.value, label: label.value.trim() });
    onClose();
  };

  const place = found.value;
  return (
    <Sheet title={t("place")} onClose={onClose}>
      <p>{t("placeNote")}</p>
      <button
        type="button"
        class={place ? "wide" : "primary wide"}
        aria-disabled={busy.value}
        onClick={() => void find()}
      >
        {t("placeFind")}
      </button>
      <p role="status">
        {busy.value
          ? t("placeFinding")
          : place &&
            t("placeFound", {
              place: place.accuracy_m
                ? t("placeWithin", { place: degrees(place), meters: place.accuracy_m })
                : degrees(place),
            })}
      </p>
      <p class="error" role="alert">
        {problem}
      </p>
      {place && (
        <>
          <label class="field">
            <span>{t("placeLabel")}</span>
            <input
              maxLength={LABEL_LENGTH}
              value={label.value}
              onInput={(event) => (label.value = event.currentTarget.value)}
            />
          </label>
          <button type="button" class="primary wide" onClick={send}>
            {t("placeSend")}
          </button>
        </>
      )}
    </Sheet>
  );
}
