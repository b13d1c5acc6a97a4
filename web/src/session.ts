/** Who works here. */
import { signal } from "@preact/signals";
import { api } from "./api";
import type { Staff } from "./contracts";

/** Undefined until the server said; null when nobody is signed in. */
export const staff = signal<Staff | null | undefined>(undefined);

/** The last question whether we are signed in could not be asked. */
export const serverIsAway = signal(false);

export async function askWhoIAm(): Promise<void> {
  try {
    staff.value = await api.whoAmI();
    serverIsAway.value = false;
  } catch {
    serverIsAway.value = true;
  }
}

export async function signIn(login: string, password: string): Promise<void> {
  staff.value = await api.signIn({ login, password });
}

export async function signOut(): Promise<void> {
  await api.signOut();
  staff.value = null;
}
