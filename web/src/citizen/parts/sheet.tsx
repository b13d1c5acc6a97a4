import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../text";

/** A box over the page: the browser itself keeps the focus within it, and gives it back. Escape closes. */
export function Sheet(props: { title: string; onClose: () => void; children: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => {
    const opener = document.activeElement;
    box.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <dialog class="sheet" ref={box} aria-labelledby={title} onClose={props.onClose}>
      <div class="sheet-top">
        <h2 id={title}>{props.title}</h2>
        <button type="button" onClick={() => box.current?.close()}>
          {t("close")}
        </button>
      </div>
      {props.children}
    </dialog>
  );
}
