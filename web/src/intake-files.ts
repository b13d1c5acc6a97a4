/** Calls that begin with a file: sample calls and recordings. */
import { signal } from "@preact/signals";
import { type SampleCall, api } from "./api";
import { begin } from "./intake";
import { upload } from "./upload";

/** Null until loaded. */
export const samples = signal<readonly SampleCall[] | null>(null);
export const samplesFailed = signal(false);
/** 0-1 while a recording is sent. */
export const uploadPart = signal<number | null>(null);
/** A sample that is being started. */
export const starting = signal<string | null>(null);

export async function loadSamples(): Promise<void> {
  samplesFailed.value = false;
  try {
    samples.value = await api.samples();
  } catch {
    samplesFailed.value = true;
  }
}

export async function playSample(name: string): Promise<void> {
  if (starting.value !== null) return;
  starting.value = name;
  await begin(() => api.playSample(name));
  starting.value = null;
}

export async function sendRecording(file: File): Promise<void> {
  if (uploadPart.value !== null) return;
  uploadPart.value = 0;
  await begin(() =>
    upload<{ contact_id: string }>("/api/ingest/recordings", file, (part) => {
      uploadPart.value = part;
    }),
  );
  uploadPart.value = null;
}
