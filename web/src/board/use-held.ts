/** Whether somebody points at a part of the page or is in it with the keyboard, lately. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

/** Who has left the desk with the mouse on a list does not hold it for ever. */
const HOLD_MS = 120_000;

export interface Held {
  isHeld: boolean;
  /** Lets in what waits, once. */
  letIn: () => void;
  on: {
    onPointerEnter: () => void;
    onPointerMove: () => void;
    onPointerLeave: () => void;
    onFocusIn: (event: FocusEvent) => void;
    onKeyDown: () => void;
    onFocusOut: (event: FocusEvent) => void;
  };
}

export function useHeld(): Held {
  const isHovered = useSignal(false);
  const isFocused = useSignal(false);
  const isOver = useSignal(false);
  const isLetIn = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const renders = useSignal(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const touch = (): void => {
    isOver.value = false;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => (isOver.value = true), HOLD_MS);
  };
  void renders.value;
  const isHeld = (isHovered.value || isFocused.value) && !isOver.value && !isLetIn.current;
  isLetIn.current = false;
  return {
    isHeld,
    letIn: () => {
      isLetIn.current = true;
      renders.value += 1;
    },
    on: {
      onPointerEnter: () => {
        isHovered.value = true;
        touch();
      },
      onPointerMove: touch,
      onPointerLeave: () => (isHovered.value = false),
      // What was clicked keeps the focus, too, but nobody is there any more.
      onFocusIn: (event) => {
        isFocused.value = (event.target as HTMLElement).matches(":focus-visible");
        touch();
      },
      onKeyDown: touch,
      onFocusOut: (event) => {
        const inside = event.currentTarget as HTMLElement;
        isFocused.value = inside.contains(event.relatedTarget as Node | null);
      },
    },
  };
}
