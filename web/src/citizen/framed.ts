/** What the widget's frame and the page around it say to each other: never a word of the conversation. */

export const FROM_FRAME = "sangdam-chat-frame";
export const FROM_HOST = "sangdam-chat-host";

export type FrameSays =
  | { from: typeof FROM_FRAME; type: "ready" }
  | { from: typeof FROM_FRAME; type: "close" }
  | { from: typeof FROM_FRAME; type: "unread"; count: number };

export interface HostSays {
  from: typeof FROM_HOST;
  type: "shown";
  shown: boolean;
}
