/** The microphone as a call: WebSocket `/ws/microphone`, first the rate, then 16-bit mono PCM. */
import { socketAddress } from "./api";
import { say } from "./intake-words";
import { lang } from "./preferences";

/** Its message is a sentence for the agent. */
export class MicrophoneError extends Error {
  override readonly name = "MicrophoneError";
}

export interface Microphone {
  contact_id: string;
  stop: () => void;
}

export interface MicrophoneParts {
  /** 0-1, ten times a second. */
  onLevel: (level: number) => void;
  /** The call is over: hung up (null), refused by the server, or the line broke. */
  onEnd: (problem: string | null) => void;
}

const NORMAL_CLOSURE = 1000;
/** The most the server takes; cards that run at 96 or 192 kHz are asked for less. */
const HIGHEST_RATE_HZ = 48_000;

/** More than this unsent (about 20 s of speech) means that the line is dead. */
const MOST_UNSENT_BYTES = 2_000_000;
const ANSWER_MS = 8000;

export async function openMicrophone(parts: MicrophoneParts): Promise<Microphone> {
  if (!navigator.mediaDevices) throw new MicrophoneError(say("micInsecure"));
  const stream = await navigator.mediaDevices
    .getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true } })
    .catch(() => {
      throw new MicrophoneError(say("micDenied"));
    });
  const context = await contextOf();
  const release = (): void => {
    stream.getTracks().forEach((track) => track.stop());
    void context.close();
  };
  try {
    await context.resume();
    await context.audioWorklet.addModule(new URL("./capture.worklet.js", import.meta.url));
    const { socket, contact_id } = await openSocket(context.sampleRate);
    let isStopped = false;
    const stop = (): void => {
      isStopped = true;
      socket.close(NORMAL_CLOSURE);
      release();
    };
    const end = (problem: string | null): void => {
      if (isStopped) return;
      stop();
      parts.onEnd(problem);
    };
    socket.onclose = ({ code }) => end(code === NORMAL_CLOSURE ? null : say("micLost"));
    socket.onmessage = ({ data }: MessageEvent<string>) => end(refusalIn(data) ?? say("micLost"));

    const capture = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0, channelCount: 1 });
    capture.port.onmessage = ({ data }: MessageEvent<Int16Array<ArrayBuffer>>) => {
      if (isStopped) return;
      if (socket.bufferedAmount > MOST_UNSENT_BYTES) end(say("micLost"));
      else socket.send(data);
      parts.onLevel(levelOf(data));
    };
    context.createMediaStreamSource(stream).connect(capture);
    return { contact_id, stop };
  } catch (error) {
    release();
    throw error;
  }
}

/** Loudness on a scale where quiet speech is already seen. */
export function levelOf(block: Int16Array): number {
  let sum = 0;
  for (const sample of block) sum += sample * sample;
  return Math.min(1, Math.sqrt(Math.sqrt(sum / Math.max(1, block.length)) / 12_000));
}

async function contextOf(): Promise<AudioContext> {
  const context = new AudioContext();
  if (context.sampleRate <= HIGHEST_RATE_HZ) return context;
  await context.close();
  return new AudioContext({ sampleRate: HIGHEST_RATE_HZ });
}

/** What the server says when it will not go on: {code, ko, en}. */
function refusalIn(data: string): string | null {
  const { ko, en } = JSON.parse(data) as { ko?: string; en?: string };
  return (lang.value === "ko" ? ko : en) ?? null;
}

/** Opens the line and waits until the server gave the call its id. */
function openSocket(rate_hz: number): Promise<{ socket: WebSocket; contact_id: string }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(socketAddress("/ws/microphone"));
    const fail = (sentence: string): void => {
      clearTimeout(limit);
      socket.close();
      reject(new MicrophoneError(sentence));
    };
    const limit = setTimeout(() => fail(say("micLost")), ANSWER_MS);
    socket.onopen = () => socket.send(JSON.stringify({ rate_hz }));
    socket.onclose = () => fail(say("micLost"));
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      clearTimeout(limit);
      const { contact_id } = JSON.parse(data) as { contact_id?: string };
      if (contact_id) resolve({ socket, contact_id });
      else fail(refusalIn(data) ?? say("micLost"));
    };
  });
}
