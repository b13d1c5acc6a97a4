import type { ComponentChildren } from "preact";
import type { Pending } from "../../chat/outbox";
import type { ChatLine } from "../../chat/view";
import { happened, isSpoken, nameOf } from "../events";
import { reasonOf, type Mark, type Talk } from "../talk";
import { clock, t } from "../text";
import { PhotoLine } from "./photo-line";
import { PlaceLine } from "./place-line";
import { Linked } from "./linked";
import { OfferedGuides } from "./offered-guides";

const QUOTED = 20;

/** One line of the log: who, what, when, and how far it got. */
export function Line({ line, talk, canChange }: { line: ChatLine; talk: Talk; canChange: boolean }) {
  const { body, author } = line;
  if (line.is_withdrawn) {
    return (
      <Bubble side={author.side} name={nameOf(author)} at_ms={line.at_ms}>
        <p class="quiet">{t("withdrawn")}</p>
      </Bubble>
    );
  }
  if (body.kind === "offered") {
    return (
      <li class="line system" data-seq={line.seq}>
        <OfferedGuides guides={body.guides} talk={talk} seq={line.seq} />
      </li>
    );
  }
  if (!isSpoken(body)) {
    const sentence = happened(body, author);
    if (sentence === null) return null;
    return (
      <li class={body.kind === "notice" ? "line system notice" : "line event"} data-seq={line.seq}>
        <p>{sentence}</p>
        <p class="meta">
          <time>{clock(line.at_ms)}</time>
        </p>
      </li>
    );
  }
  const own = author.side === "citizen";
  return (
    <Bubble
      side={author.side}
      name={nameOf(author)}
      at_ms={line.at_ms}
      seq={line.seq}
      isEdited={line.edited_ms !== null}
      mark={own ? talk.markOf(line.seq) : ""}
      beside={own && canChange && <Changes line={line} talk={talk} />}
    >
      <Spoken line={line} talk={talk} />
    </Bubble>
  );
}

function Spoken({ line, talk }: { line: ChatLine; talk: Talk }) {
  const { body, author } = line;
  switch (body.kind) {
    case "photo":
      return <PhotoLine photo={body} isOwn={author.side === "citizen"} signed={talk.signed} />;
    case "place":
      return <PlaceLine place={body} isOwn={author.side === "citizen"} />;
    case "said":
      return <p class="words">{author.side === "citizen" ? body.text : <Linked text={body.text} />}</p>;
    default:
      return null;
  }
}

/** Within a minute what was said can be mended. */
function Changes({ line, talk }: { line: ChatLine; talk: Talk }) {
  const text = line.body.kind === "said" ? line.body.text : t("photo");
  const quoted = text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text;
  return (
    <span class="changes">
      {line.body.kind === "said" && (
        <button type="button" aria-label={t("editOf", { text: quoted })} onClick={() => talk.edit(line)}>
          {t("edit")}
        </button>
      )}
      <button type="button" aria-label={t("withdrawOf", { text: quoted })} onClick={() => talk.withdraw(line)}>
        {t("withdraw")}
      </button>
    </span>
  );
}

/** What was written here and is not in the log yet. */
export function PendingLine({ one, talk }: { one: Pending; talk: Talk }) {
  const { body } = one;
  if (!isSpoken(body)) return null;
  const words = body.kind === "said" ? body.text : body.kind === "photo" ? t("photoOfYou") : t("placeOfYou");
  return (
    <Bubble
      side="citizen"
      name={t("you")}
      at_ms={null}
      mark={one.refusal ? "refused" : talk.isOnline.value ? "pending" : "pendingOffline"}
      beside={
        one.refusal && (
          <span class="changes">
            <button type="button" onClick={() => talk.again(one)}>
              {t("again")}
            </button>
            <button type="button" onClick={() => talk.drop(one)}>
              {t("drop")}
            </button>
          </span>
        )
      }
    >
      <p class="words">{words}</p>
      {one.refusal && <p class="error">{reasonOf(one)}</p>}
    </Bubble>
  );
}

function Bubble(props: {
  side: string;
  name: string;
  at_ms: number | null;
  seq?: number;
  isEdited?: boolean;
  mark?: Mark;
  /** In the line below it, which is there anyway: what comes and goes moves nothing. */
  beside?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <li class={`line ${props.side}`} data-seq={props.seq}>
      <p class="who">{props.name}</p>
      <div class="bubble">{props.children}</div>
      <div class="meta">
        {props.beside}
        {props.at_ms !== null && <time>{clock(props.at_ms)}</time>}
        {props.isEdited && <span>{t("edited")}</span>}
        {props.mark && <span class={props.mark === "refused" ? "error" : ""}>{t(props.mark)}</span>}
      </div>
    </li>
  );
}
