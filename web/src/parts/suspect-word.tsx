/**
 * A word that was probably misheard, and the names that sound like it. They open over the conversation while
 * the mouse or the focus is on the word; choosing one searches the guides for it.
 */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { searchFor } from "../guides";
import { placeAt } from "../place";
import { t } from "../text";
import { isOffering } from "../words";

/** Long enough to cross from the word to its names, and to pass over a word without opening it. */
const HOVER_MS = 150;

export function SuspectWord({ nearest, children }: { nearest: readonly string[]; children: ComponentChildren }) {
  const isOpen = useSignal(false);
  const box = useRef<HTMLSpanElement>(null);
  const word = useRef<HTMLButtonElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const soon = (open: boolean): void => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      isOpen.value = open || (box.current?.contains(document.activeElement) ?? false);
    }, HOVER_MS);
  };
  const close = (): void => {
    clearTimeout(timer.current);
    if (box.current?.contains(document.activeElement)) word.current?.focus();
    isOpen.value = false;
  };
  return (
    <span
      ref={box}
      class="suspect-box"
      onPointerEnter={(event) => event.pointerType === "mouse" && soon(true)}
      onPointerLeave={(event) => event.pointerType === "mouse" && soon(false)}
      onFocusIn={() => (isOpen.value = true)}
      onFocusOut={(event) => {
        if (!box.current?.contains(event.relatedTarget as Node | null)) isOpen.value = false;
      }}
    >
      <button
        ref={word}
        class="suspect piece-suspect"
        type="button"
        tabIndex={-1}
        aria-expanded={isOpen.value}
        onClick={() => (isOpen.value = true)}
      >
        {children}
        <span class="visually-hidden">
          {" "}
          ({t("suspectHint")}, {t("suspectNames", { count: nearest.length })})
        </span>
      </button>
      {isOpen.value && <Names nearest={nearest} word={word} close={close} />}
    </span>
  );
}

interface NamesProps {
  nearest: readonly string[];
  word: { readonly current: HTMLElement | null };
  close: () => void;
}

function Names({ nearest, word, close }: NamesProps) {
  const popup = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const place = (): void => {
      if (popup.current && word.current) placeAt(popup.current, word.current.getBoundingClientRect());
    };
    const pressed = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      close();
    };
    // Over everything: the conversation clips what stands out of it.
    popup.current?.showPopover();
    place();
    isOffering.value = true;
    document.addEventListener("keydown", pressed);
    document.addEventListener("scroll", place, true);
    addEventListener("resize", place);
    return () => {
      isOffering.value = false;
      document.removeEventListener("keydown", pressed);
      document.removeEventListener("scroll", place, true);
      removeEventListener("resize", place);
    };
  }, []);
  return (
    <span ref={popup} class="popup names" popover="manual" role="group" aria-label={t("nearest")}>
      <span class="popup-head">{t("nearest")}</span>
      {nearest.map((name) => (
        <button
          key={name}
          class="popup-choice"
          type="button"
          lang="ko"
          onClick={() => {
            close();
            searchFor(name);
          }}
        >
          {name}
        </button>
      ))}
    </span>
  );
}
