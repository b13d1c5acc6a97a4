/** Calls that begin here, by the microphone; how one ends. */
import { signal } from "@preact/signals";
import { ApiError, api, sentenceOf } from "./api";
import type { Microphone } from "./microphone";
import { announcement, select, selected } from "./panel";
import { both } from "./text";

export const microphone = signal<{ kind: "off" } | { kind: "opening" } | { kind: "on"; contact_id: string }>({
  kind: "off",
});
export const level = signal(0);
/** What went wrong last, until the next try. */
export const intakeError = signal("");
let open: Microphone | null = null;

export async function toggleMicrophone(): Promise<void> {
  if (microphone.value.kind === "opening") return;
  if (open) {
    stopMicrophone();
    return;
  }
  microphone.value = { kind: "opening" };
  await begin(async () => {
    const { openMicrophone } = await fetched();
    open = await openMicrophone({
      onLevel: (next) => {
        level.value = next;
      },
      onEnd: (problem) => {
        stopMicrophone();
        if (problem) complain(problem);
      },
    });
    microphone.value = { kind: "on", contact_id: open.contact_id };
    return open;
  });
  if (!open) microphone.value = { kind: "off" };
}

export async function hangUp(): Promise<void> {
  const id = selected.value;
  if (id === null) return;
  if (open?.contact_id === id) stopMicrophone();
  try {
    await api.hangUp(id);
  } catch (error) {
    complain(sentenceOf(error));
  }
}

export function stopMicrophone(): void {
  open?.stop();
  open = null;
  level.value = 0;
  microphone.value = { kind: "off" };
}

/** Most who take calls never talk through the browser. */
async function fetched(): Promise<typeof import("./microphone")> {
  try {
    return await import("./microphone");
  } catch {
    throw new ApiError(0, ...both("unreachable"));
  }
}

/** Starts a call and shows it; says what went wrong. */
export async function begin(start: () => Promise<{ contact_id: string }>): Promise<void> {
  intakeError.value = "";
  try {
    select((await start()).contact_id);
  } catch (error) {
    complain(error instanceof Error && error.name === "MicrophoneError" ? error.message : sentenceOf(error));
  }
}

function complain(sentence: string): void {
  intakeError.value = sentence;
  announcement.value = sentence;
}
