/** The microphone as a call: WebSocket `/ws/microphone`, first the rate, then 16-bit mono PCM. */
import { socketAddress } from "./api";
import { both } from "./text";

export class MicrophoneError extends Error {
  constructor(readonly reason: "micDenied" | "micInsecure" | "micLost") {
    super(both(reason)[1]);
  }
}

export interface Microphone {
  contact_id: string;
  stop: () => void;
}

export interface MicrophoneParts {
  /** 0-1, ten times a second. */
  onLevel: (level: number) => void;
  /** The line broke while talking. */
  onLost: () => void;
}

/** More than this unsent (about 20 s of speech) means that the line is dead. */
const MOST_UNSENT_BYTES = 2_000_000;
const ANSWER_MS = 8000;

export async function openMicrophone(parts: MicrophoneParts): Promise<Microphone> {
  if (!navigator.mediaDevices) throw new MicrophoneError("micInsecure");
  const stream = await navigator.mediaDevices
    .getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true } })
    .catch(() => {
      throw new MicrophoneError("micDenied");
    });
  const context = new AudioContext();
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
      socket.close(1000);
      release();
    };
    const lost = (): void => {
      if (isStopped) return;
      stop();
      parts.onLost();
    };
    socket.onclose = lost;

    const capture = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0, channelCount: 1 });
    capture.port.onmessage = ({ data }: MessageEvent<Int16Array<ArrayBuffer>>) => {
      if (isStopped) return;
      if (socket.bufferedAmount > MOST_UNSENT_BYTES) lost();
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

/** Opens the line and waits until the server gave the call its id. */
function openSocket(rate_hz: number): Promise<{ socket: WebSocket; contact_id: string }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(socketAddress("/ws/microphone"));
    const fail = (): void => {
      clearTimeout(limit);
      socket.close();
      reject(new MicrophoneError("micLost"));
    };
    const limit = setTimeout(fail, ANSWER_MS);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket.send(JSON.stringify({ rate_hz }));
    socket.onclose = fail;
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      clearTimeout(limit);
      const { contact_id } = JSON.parse(data) as { contact_id?: string };
      if (contact_id) resolve({ socket, contact_id });
      else fail();
    };
  });
}
