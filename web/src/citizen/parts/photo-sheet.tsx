import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Failed } from "../http";
import { NotAPhoto, shrunk } from "../photo";
import type { Talk } from "../talk";
import { t } from "../text";
import { site } from "../visit";
import { Sheet } from "./sheet";

const DESCRIPTION_LENGTH = 200;

/** A photo, chosen or taken, seen once more, described, and sent. */
export function PhotoSheet({ talk, onClose }: { talk: Talk; onClose: () => void }) {
  const photo = useSignal<Blob | null>(null);
  const preview = useSignal("");
  const description = useSignal("");
  const problem = useSignal("");
  const busy = useSignal(false);

  const look = (): void => {
    if (preview.peek()) URL.revokeObjectURL(preview.peek());
    preview.value = photo.peek() ? URL.createObjectURL(photo.peek()!) : "";
  };
  useEffect(
    () => () => {
      photo.value = null;
      look();
    },
    [],
  );

  const choose = async (input: HTMLInputElement): Promise<void> => {
    const file = input.files?.[0];
    input.value = ""; // the same file may be chosen again
    if (!file) return;
    problem.value = "";
    try {
      const made = await shrunk(file);
      const most = site.peek()?.photo_max_bytes;
      if (most && made.size > most) {
        problem.value = t("photoTooLarge", { size: Math.floor(most / (1 << 20)) || 1 });
        return;
      }
      photo.value = made;
      look();
    } catch (error) {
      problem.value = error instanceof NotAPhoto ? t("photoBad") : t("photoFailed");
    }
  };

  const send = async (): Promise<void> => {
    if (!photo.value || busy.value) return;
    busy.value = true;
    problem.value = "";
    try {
      await talk.sendPhoto(photo.value, description.value.trim());
      onClose();
    } catch (error) {
      problem.value = error instanceof Failed ? error.sentence : t("photoFailed");
    } finally {
      busy.value = false;
    }
  };

  return (
    <Sheet title={t("photo")} onClose={onClose}>
      <p>{t("photoNote")}</p>
      <div class="row">
        <Picker label={t("photoChoose")} choose={choose} />
        <Picker label={t("photoTake")} choose={choose} camera />
      </div>
      {preview.value && (
        <>
          <img class="preview" src={preview.value} alt={t("photoPreview")} />
          <label class="field">
            <span>{t("photoDescription")}</span>
            <input
              maxLength={DESCRIPTION_LENGTH}
              value={description.value}
              onInput={(event) => (description.value = event.currentTarget.value)}
            />
          </label>
        </>
      )}
      <p class="error" role="alert">
        {problem}
      </p>
      <p role="status">{busy.value ? t("photoSending") : ""}</p>
      {photo.value && (
        <button type="button" class="primary wide" aria-disabled={busy.value} onClick={() => void send()}>
          {t("photo")}
        </button>
      )}
    </Sheet>
  );
}

/** The browser's own field for files, over the whole of what looks like a button. */
function Picker(props: { label: string; choose: (input: HTMLInputElement) => Promise<void>; camera?: boolean }) {
  return (
    <label class="picker">
      <span>{props.label}</span>
      <input
        type="file"
        accept="image/*"
        {...(props.camera ? { capture: "environment" as const } : {})}
        onChange={(event) => void props.choose(event.currentTarget)}
      />
    </label>
  );
}
