/** This browser's memory, which may be switched off: then everything lasts as long as the page. */
const PREFIX = "sangdam.chat.";
const meanwhile = new Map<string, string>();

export function kept(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name) ?? meanwhile.get(name) ?? null;
  } catch {
    return meanwhile.get(name) ?? null;
  }
}

export function keep(name: string, value: string): void {
  meanwhile.set(name, value);
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // Full, or switched off: see above.
  }
}

export function forget(name: string): void {
  meanwhile.delete(name);
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // See above.
  }
}
