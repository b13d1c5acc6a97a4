/** Small line drawings; always beside or instead of a text label that is in the accessible name. */

const PATHS = {
  close: "M6 6l12 12M18 6L6 18",
  up: "M7 11v9H4v-9zM7 11l4-8c1.7 0 2.6 1 2.4 2.6L13 9h5.2c1.2 0 2 1 1.8 2.2l-1.2 7c-.2 1-1 1.8-2 1.8H7",
  down: "M17 13V4h3v9zM17 13l-4 8c-1.7 0-2.6-1-2.4-2.6L11 15H5.8c-1.2 0-2-1-1.8-2.2l1.2-7C5.400 4.800 6.200 4 7.200 4H17",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  pin: "M12 21v-6M8 3h8l-1 7 3 3v2H6v-2l3-3z",
  article: "M6 3h9l4 4v14H6zM14 3v5h5M9 13h7M9 17h7",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5",
  microphone: "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5 11a7 7 0 0 0 14 0M12 18v3",
  play: "M8 5l11 7-11 7z",
  stop: "M7 7h10v10H7z",
  file: "M12 16V5M7 10l5-5 5 5M5 19h14",
  phoneDown: "M3 14c5-5 13-5 18 0l-2.500 3-4-1.500v-2.500c-1.700-.6-3.300-.6-5 0v2.500L5.500 17z",
  swap: "M4 8h14l-3-3M20 16H6l3 3",
  help: "M9 9a3 3 0 1 1 4.500 2.600c-1 .6-1.500 1.200-1.500 2.400M12 18v.1",
  theme: "M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9z",
  note: "M9 18V6l9-2v12M9 18a2.500 2.500 0 1 1-5 0 2.500 2.500 0 0 1 5 0zM18 16a2.500 2.500 0 1 1-5 0 2.500 2.500 0 0 1 5 0z",
  tone: "M4 12h3l2-6 4 12 2-6h5",
  keypad: "M7 6h.1M12 6h.1M17 6h.1M7 11h.1M12 11h.1M17 11h.1M7 16h.1M12 16h.1M17 16h.1M12 21h.1",
  cut: "M3 12h4M10 12h4M17 12h4",
  pages: "M4 7h16M4 12h16M4 17h16",
  reply: "M10 8L4 13l6 5M4 13h9c4 0 6-2 7-6",
  leave: "M14 4H5v16h9M10 12h10M17 8l4 4-4 4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
