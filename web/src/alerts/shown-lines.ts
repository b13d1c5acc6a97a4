import { signal } from "@preact/signals";
import type { AlertLine } from "../contracts";

/** What the inbox shows, for the keys that go to the alert before or after. */
export const shownLines = signal<readonly AlertLine[]>([]);
