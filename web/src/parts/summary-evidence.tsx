/** The words that a line of the draft rests on: a button that shows them, and one that plays them. */
import { view } from "../panel";
import { playback, playing, showEvidence, togglePlay } from "../playback-audio";
import { clockTime, t } from "../text";
import { Icon } from "./icon";

export interface EvidenceLine {
  text: string;
  evidence: readonly string[];
}

export function Evidence({ lines }: { lines: readonly EvidenceLine[] }) {
  const starts = new Map(view.value?.utterances.map((each) => [each.utterance_id, each.start_ms]));
  const places = lines.flatMap(({ text, evidence }) =>
    evidence.filter((id) => starts.has(id)).map((id) => ({ id, text, time: clockTime(starts.get(id) ?? 0) })),
  );
  if (places.length === 0) return null;
  const isSpoken = view.value?.contact.kind === "call";
  return (
    <span class="evidence">
      {places.map(({ id, text, time }) => (
        <span key={`${id} ${text}`} class="evidence-pair">
          <button
            class="evidence-button time"
            type="button"
            title={text}
            aria-label={t("evidenceAt", { time, text })}
            onClick={() => showEvidence(id)}
          >
            {time}
          </button>
          {isSpoken && <PlayButton id={id} time={time} text={text} />}
        </span>
      ))}
    </span>
  );
}

function PlayButton({ id, time, text }: { id: string; time: string; text: string }) {
  const now = playing.value;
  const isHere = playback.isAt(id);
  const part = now.kind === "playing" && isHere && now.length_s > 0 ? now.at_s / now.length_s : 0;
  return (
    <button
      class={isHere ? "play-button playing" : "play-button"}
      type="button"
      style={{ "--part": `${Math.round(part * 100)}%` }}
      aria-label={t(isHere ? "stopEvidence" : "playEvidence", { time, text })}
      onClick={() => togglePlay(id)}
    >
      <Icon name={isHere ? "stop" : "play"} />
    </button>
  );
}
