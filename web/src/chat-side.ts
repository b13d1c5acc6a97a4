/** The chat side of the panel: its code comes once the panel stands. Until then, and where a site has no chats, null. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { ComponentType } from "preact";
import type { ContactEntry } from "./contracts";
import type { Action } from "./keys";
import type { ShownCard } from "./shown";

export interface ChatSide {
  /** The selected contact is a chat whose words this person may write and read. */
  isShown: ReadonlySignal<boolean>;
  /** Lines of citizens that nobody here has read. */
  unread: ReadonlySignal<number>;
  /** In the place of the transcript. */
  Desk: ComponentType;
  /** Above the transcript of somebody else's chat. */
  Supervise: ComponentType;
  /** Below a chat's name in the rail. */
  RailLine: ComponentType<{ entry: ContactEntry }>;
  /** True when the action was one for the chat. */
  perform: (action: Action) => boolean;
  /** The card's text goes into the reply; it is never sent by that. */
  insert: (card: ShownCard) => void;
}

export const chatSide = signal<ChatSide | null>(null);
