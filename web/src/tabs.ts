/** On a narrow screen one part is seen at a time. */
import { signal } from "@preact/signals";

export type Tab = "talk" | "guides" | "summary" | "contacts";

export const tab = signal<Tab>("talk");
