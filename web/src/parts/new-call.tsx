/** Begin a call here: a sample, a recording (also dropped anywhere on the page), the microphone. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { say } from "../intake-words";
import { intakeError, level, microphone, toggleMicrophone } from "../intake";
import { loadSamples, playSample, samples, samplesFailed, sendRecording, starting, uploadPart } from "../intake-files";
import { clockTime, t } from "../text";
import { Icon } from "./icon";

export function NewCall() {
  return (
    <section class="new-call" aria-labelledby="new-call">
      <h2 id="new-call" tabIndex={-1}>
        {say("newCall")}
      </h2>
      <Samples />
      <div class="new-call-buttons">
        <Recording />
        <MicrophoneButton />
      </div>
      {intakeError.value && (
        <p class="error" role="alert">
          {intakeError.value}
        </p>
      )}
    </section>
  );
}

function Samples() {
  useEffect(() => void loadSamples(), []);
  if (samplesFailed.value) {
    return (
      <p class="quiet">
        {say("samplesFailed")}{" "}
        <button class="plain" type="button" onClick={() => void loadSamples()}>
          {t("retry")}
        </button>
      </p>
    );
  }
  if (samples.value === null) return <p class="quiet">{t("loading")}</p>;
  if (samples.value.length === 0) return <p class="quiet">{say("samplesNone")}</p>;
  return (
    <ul class="samples" aria-label={say("samples")}>
      {samples.value.map(({ name, title, seconds }) => (
        <li key={name}>
          <button
            type="button"
            class="sample"
            aria-disabled={starting.value !== null}
            title={say("play", { title })}
            onClick={() => void playSample(name)}
          >
            <Icon name="play" />
            <span class="sample-title">{title}</span>
            <span class="time quiet">{clockTime(seconds * 1000)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Recording() {
  const input = useRef<HTMLInputElement>(null);
  const isOver = useFilesOverPage();
  const part = uploadPart.value;
  return (
    <>
      <button class="wide" type="button" aria-disabled={part !== null} onClick={() => input.current?.click()}>
        <Icon name="file" />
        {part === null ? say("recording") : say("uploading", { percent: Math.round(part * 100) })}
      </button>
      {part !== null && <progress max={1} value={part} aria-label={say("recording")} />}
      <input
        ref={input}
        hidden
        type="file"
        accept="audio/*,video/mp4,.wav,.flac,.mp3,.ogg,.opus,.m4a"
        onChange={() => {
          const file = input.current?.files?.[0];
          if (file) void sendRecording(file);
          if (input.current) input.current.value = "";
        }}
      />
      {isOver.value && <div class="drop-veil">{say("dropHere")}</div>}
    </>
  );
}

/** True while files are dragged over the page; a dropped one is sent. */
function useFilesOverPage() {
  const isOver = useSignal(false);
  useEffect(() => {
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
    const over = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      isOver.value = true;
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) isOver.value = false;
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      isOver.value = false;
      const file = event.dataTransfer?.files[0];
      if (file) void sendRecording(file);
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, []);
  return isOver;
}

function MicrophoneButton() {
  const state = microphone.value.kind;
  const label = { off: "micStart", opening: "micOpening", on: "micStop" } as const;
  return (
    <>
      <button
        class={state === "on" ? "wide danger" : "wide"}
        type="button"
        aria-keyshortcuts="m"
        onClick={() => void toggleMicrophone()}
      >
        <Icon name="microphone" />
        {say(label[state])}
      </button>
      {state === "on" && <LevelMeter />}
    </>
  );
}

function LevelMeter() {
  const bar = useRef<HTMLSpanElement>(null);
  useSignalEffect(() => {
    if (bar.current) bar.current.style.transform = `scaleX(${level.value})`;
  });
  return (
    <span class="level" role="img" aria-label={say("micLevel")}>
      <span ref={bar} />
    </span>
  );
}
