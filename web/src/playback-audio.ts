/** The page's one <audio> element, and the evidence that it plays. */
import { effect, signal } from "@preact/signals";
import { soundAddress, whyNoSound } from "./api";
import { jump, jumpTo } from "./find";
import { announcement, isLive, view } from "./panel";
import { Playback, type Playing } from "./playback";
import { t } from "./text";

export const playing = signal<Playing>({ kind: "idle" });
/** A click on an evidence's time plays it, too. Off until the agent wants it, and never during a call. */
export const listens = signal(false);

let element: HTMLAudioElement | null = null;

export const playback = new Playback({
  start: (address) => {
    const audio = audioElement();
    audio.src = address;
    return audio.play();
  },
  stop: () => audioElement().pause(),
  explain: whyNoSound,
  onChange: (now) => {
    playing.value = now;
  },
});

/** Stops what plays when another contact is opened or the panel goes away. Returns how to stop watching. */
export function startPlayback(): () => void {
  let contact: string | null = null;
  const unwatch = effect(() => {
    const next = view.value?.contact.contact_id ?? null;
    if (next !== contact) playback.stop();
    contact = next;
  });
  return () => {
    unwatch();
    playback.stop();
  };
}

/** Shows the words that a line rests on, and lets hear them where the agent switched that on. */
export function showEvidence(utterance_id: string): void {
  jumpTo(utterance_id);
  const current = view.peek();
  if (listens.value && current && !isLive(current.contact.state)) void playback.play(utterance_id, addressOf(utterance_id));
}

export function togglePlay(utterance_id: string): void {
  void playback.toggle(utterance_id, addressOf(utterance_id));
}

/** By key: the words that were shown last. */
export function togglePlayShown(): void {
  const current = view.peek();
  const id = jump.peek()?.utterance_id ?? current?.draft?.lines[0]?.evidence[0];
  if (id !== undefined && current?.utterances.some((each) => each.utterance_id === id)) togglePlay(id);
  else announcement.value = t("soundNone");
}

function addressOf(utterance_id: string): string {
  const current = view.peek();
  const said = current?.utterances.find((each) => each.utterance_id === utterance_id);
  return current && said ? soundAddress(current.contact.contact_id, said.channel, said.start_ms, said.end_ms) : "";
}

function audioElement(): HTMLAudioElement {
  if (element) return element;
  const made = document.createElement("audio");
  made.preload = "none";
  made.addEventListener("timeupdate", () => playback.moved(made.currentTime, made.duration));
  made.addEventListener("ended", () => playback.ended());
  made.addEventListener("error", () => void playback.broke());
  document.body.append(made);
  element = made;
  return made;
}
