export function ChatBar() { return null; }
