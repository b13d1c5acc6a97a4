/** Who works here. */
import { signal } from "@preact/signals";
import { api } from "./api";
import type { Staff } from "./contracts";

/** Undefined until the server said; null when nobody is signed in. */
export const staff = signal<Staff | null | undefined>(undefined);

/** The last question whether we are signed in could not be asked. */
export const serverIsAway = signal(false);

/** Whose contacts this page holds; "" after a sign-out. */
let holder: string | null = null;

export async function askWhoIAm(): Promise<void> {
  try {
    staff.value = await api.whoAmI();
    holder ??= staff.value?.staff_id ?? null;
    serverIsAway.value = false;
  } catch {
    serverIsAway.value = true;
  }
}

export async function signIn(login: string, password: string): Promise<void> {
  const person = await api.signIn({ login, password });
  // Somebody else begins with an empty page; the same person finds what she had not saved yet.
  if (holder !== null && holder !== person.staff_id) location.reload();
  else staff.value = person;
  holder = person.staff_id;
}

export async function signOut(): Promise<void> {
  await api.signOut();
  holder = "";
  history.replaceState(null, "", "#/");
  staff.value = null;
}
