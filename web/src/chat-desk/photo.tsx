/** A photo in a line, and large over everything: a native dialog keeps the keyboard and gives it back. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Photo } from "../contracts";
import { Icon } from "../parts/icon";
import { t } from "../text";
import { say } from "./words";

/** Of a photo in a line, whatever the picture's own size is: its place is known before it is there. */
const MOST_PX = 220;

export function PhotoButton({ photo }: { photo: Photo }) {
  const isLarge = useSignal(false);
  const isGone = useSignal(false);
  const name = photo.description || say("photoOf");
  if (isGone.value) return <p class="quiet">{say("photoGone")}</p>;
  const { width, height } = fitting(photo);
  const address = `/api/chat/photos/${encodeURIComponent(photo.photo_id)}`;
  return (
    <>
      <button class="photo-button" type="button" aria-label={say("photoLarge", { name })} onClick={() => (isLarge.value = true)}>
        <img src={address} width={width} height={height} alt={name} onError={() => (isGone.value = true)} />
      </button>
      {isLarge.value && <Large address={address} name={name} close={() => (isLarge.value = false)} />}
    </>
  );
}

function Large({ address, name, close }: { address: string; name: string; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="photo-large"
      aria-label={name}
      onClose={close}
      onKeyDown={(event) => event.stopPropagation()}
      onClick={({ target }) => target === dialog.current && dialog.current?.close()}
    >
      <button class="small" type="button" onClick={() => dialog.current?.close()}>
        <Icon name="close" />
        {t("close")}
      </button>
      <img src={address} alt={name} />
    </dialog>
  );
}

function fitting({ width, height }: Photo): { width: number; height: number } {
  if (width <= 0 || height <= 0) return { width: MOST_PX, height: MOST_PX };
  const scale = Math.min(1, MOST_PX / Math.max(width, height));
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}
