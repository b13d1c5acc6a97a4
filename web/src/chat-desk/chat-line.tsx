/** One line of a chat: what somebody said, a photo, a place, a notice, guides that were offered. */
import { useComputed, useSignal } from "@preact/signals";
import type { Chat } from "../chat/chat";
import type { ChatLine } from "../chat/view";
import { copyText } from "../clipboard";
import type { Language, Offered, OfferedGuide, Photo, Place, Said } from "../contracts";
import { announcement, serverNow_ms } from "../panel";
import { memo } from "../parts/memo";
import { lang } from "../preferences";
import { timeOfDay } from "../text";
import { called, isAway, isMe } from "./desk";
import { type Reach, mayChange } from "./marks";
import { PhotoButton } from "./photo";
import { beginChange, withdraw } from "./reply";
import { coordinates, lineId, nameOf, noticeOf, piecesOf } from "./rows";
import { say } from "./words";

export interface LineProps {
  line: ChatLine;
  contact_id: string;
  spoken: Language;
  /** How far it has come, of lines of staff. */
  reach: Reach | null;
  /** The guide that solved it, "" for none. */
  solvedBy: string;
  isLit: boolean;
  /** Rows are drawn again when the language changes. */
  language: string;
}

export const LineRow = memo(({ line, contact_id, spoken, reach, solvedBy, isLit }: LineProps) => {
  const { body, author } = line;
  if (body.kind === "noted") return <Note line={line} text={body.text} />;
  if (body.kind === "offered") return <OfferedRow line={line} offered={body} solvedBy={solvedBy} />;
  const notice = noticeOf(line, called);
  if (notice !== null) {
    return (
      <li class="turn chat-notice">
        <time class="time">{timeOfDay(line.at_ms)}</time>
        <span>{notice}</span>
        {body.kind === "notice" && <Buttons labels={body.replies} />}
      </li>
    );
  }
  const isStaff = author.side !== "citizen";
  return (
    <li class={`turn chat-line ${isStaff ? "turn-agent" : "turn-caller"}`}>
      <p class="turn-head">
        <span class="turn-who">{isMe(author.staff_id) ? say("you") : nameOf(author)}</span>
        <time class="time">{timeOfDay(line.at_ms)}</time>
        {line.edited_ms !== null && <span>{say("edited")}</span>}
        {reach && !line.is_withdrawn && <span>{say(reach)}</span>}
        {isMe(author.staff_id) && <OwnActs line={line} />}
      </p>
      <div class={isLit ? "bubble said-lit" : "bubble"} id={lineId(contact_id, line)} lang={spoken}>
        <What line={line} />
      </div>
      {body.kind === "said" && <Buttons labels={body.replies} />}
    </li>
  );
});

function What({ line: { body, is_withdrawn } }: { line: ChatLine }) {
  if (is_withdrawn) return <p class="quiet">{say("withdrawn")}</p>;
  switch (body.kind) {
    case "said":
      return <Words text={body.text} profane={body.profane} />;
    case "photo":
      return <PhotoOf photo={body} />;
    case "place":
      return <PlaceOf place={body} />;
    default:
      return null;
  }
}

function Words({ text, profane }: Pick<Said, "text" | "profane">) {
  return (
    <p class="chat-text">
      {piecesOf(text, profane as [number, number][]).map((piece, index) =>
        piece.isProfane ? (
          <span key={index} class="profane" title={say("profane")}>
            {piece.text}
            <span class="visually-hidden"> ({say("profane")})</span>
          </span>
        ) : (
          piece.text
        ),
      )}
    </p>
  );
}

function PhotoOf({ photo }: { photo: Photo }) {
  return (
    <>
      <PhotoButton photo={photo} />
      {photo.description && <p class="chat-text">{photo.description}</p>}
    </>
  );
}

function PlaceOf({ place: { latitude, longitude, accuracy_m, label } }: { place: Place }) {
  const at = coordinates(latitude, longitude);
  return (
    <div class="chat-place">
      <p>
        <strong>{say("place")}</strong> {label}
      </p>
      <p class="time">
        {at}
        {accuracy_m !== null && <span class="quiet"> · {say("accuracy", { metres: Math.round(accuracy_m) })}</span>}
      </p>
      <button class="small" type="button" onClick={() => void copyPlace([label, at].filter(Boolean).join(" "))}>
        {say("copyPlace")}
      </button>
    </div>
  );
}

async function copyPlace(text: string): Promise<void> {
  announcement.value = say((await copyText(text)) ? "copied" : "copyFailed");
}

/** For a minute; their place stays when it is over. */
function OwnActs({ line }: { line: ChatLine }) {
  // Drawn again when the minute is over, not with each second.
  const may = useComputed(() => mayChange(line.at_ms, serverNow_ms.value));
  if (line.is_withdrawn || !may.value) return null;
  const text = line.body.kind === "said" ? line.body.text.slice(0, 40) : "";
  return (
    <span class="own-acts">
      {line.body.kind === "said" && (
        <button class="plain" type="button" aria-label={say("changeOf", { text })} onClick={() => beginChange(line)}>
          {say("change")}
        </button>
      )}
      <button class="plain" type="button" aria-label={say("withdrawOf", { text })} onClick={() => withdraw(line)}>
        {say("withdraw")}
      </button>
    </span>
  );
}

export function Buttons({ labels }: { labels: readonly string[] }) {
  if (labels.length === 0) return null;
  return (
    <ul class="chat-buttons" aria-label={say("buttonsOf")}>
      {labels.map((label) => (
        <li key={label} class="chip">
          {label}
        </li>
      ))}
    </ul>
  );
}

function Note({ line, text }: { line: ChatLine; text: string }) {
  return (
    <li class="turn chat-note">
      <p class="turn-head">
        <span class="turn-who">{say("noteMark")}</span>
        <span>{nameOf(line.author)}</span>
        <time class="time">{timeOfDay(line.at_ms)}</time>
      </p>
      <p class="chat-text">{text}</p>
    </li>
  );
}

function OfferedRow({ line, offered, solvedBy }: { line: ChatLine; offered: Offered; solvedBy: string }) {
  const isOpen = useSignal(false);
  return (
    <li class="turn chat-offered">
      <p class="turn-head">
        <span class="turn-who">{say("offered")}</span>
        <time class="time">{timeOfDay(line.at_ms)}</time>
      </p>
      <details open={isOpen.value} onToggle={({ currentTarget }) => (isOpen.value = currentTarget.open)}>
        <summary>{offered.guides.map((guide) => guide.title).join(", ")}</summary>
        <ul>
          {offered.guides.map((guide) => (
            <GuideOf key={guide.article_id} guide={guide} isSolution={guide.article_id === solvedBy} />
          ))}
        </ul>
      </details>
    </li>
  );
}

function GuideOf({ guide, isSolution }: { guide: OfferedGuide; isSolution: boolean }) {
  return (
    <li>
      <strong>{guide.title}</strong>{" "}
      <span class="quiet">{[guide.department, guide.revised].filter(Boolean).join(" · ")}</span>{" "}
      {isSolution && <span class="chip">{say("offeredSolved")}</span>}
      <p class="chat-text">{guide.passage}</p>
    </li>
  );
}

/** What this page said and the log does not have yet. */
export function PendingRows({ chat, retry }: { chat: Chat; retry: (text: string, client_id: string) => void }) {
  const shown = chat.pending.value.filter(({ body }) => body.kind === "said");
  return (
    <>
      {shown.map(({ client_id, body, refusal }) => {
        const text = body.kind === "said" ? body.text : "";
        return (
          <li key={client_id} class="turn chat-line turn-agent chat-pending">
            <p class="turn-head">
              <span class="turn-who">{say("you")}</span>
              <span class={refusal ? "error" : undefined}>
                {refusal ? say("refused", { message: lang.value === "en" ? refusal.en : refusal.ko }) : say(isAway.value ? "waitsForLine" : "sending")}
              </span>
              {refusal && (
                <button class="plain" type="button" onClick={() => retry(text, client_id)}>
                  {say("putBack")}
                </button>
              )}
            </p>
            <div class="bubble">
              <p class="chat-text">{text}</p>
            </div>
          </li>
        );
      })}
    </>
  );
}
