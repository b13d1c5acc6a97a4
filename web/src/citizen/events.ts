/** What happened in a conversation besides what was said, as the citizen is told of it. */
import type { Body, ChatEntry, Party } from "../contracts";
import { said, t } from "./text";

/** The sentence; null for what has a notice of its own beside it, or is not the citizen's to read. */
export function happened(body: Body, author: Party): string | null {
  switch (body.kind) {
    case "notice":
      return said(body);
    case "assigned":
      return t("evAssigned", { name: body.agent.name }).trim();
    case "taken":
      return t("evAssigned", { name: author.name }).trim();
    case "joined":
      return t(body.watching ? "evWatching" : "evJoined", { name: author.name }).trim();
    case "left":
      return t("evLeft", { name: author.name }).trim();
    case "transferred":
      return t("evTransferred");
    case "requeued":
      return body.reason === "returned" ? t("evReturned") : null;
    case "live_typing":
      return t(body.on ? "evLiveOn" : "evLiveOff");
    case "stayed":
      return t("evStayed");
    case "solved":
      return t("evSolved");
    case "ended":
    case "blocked":
      return t("evEnded");
    case "rated":
      return t("evRated");
    default:
      return null;
  }
}

/** Said, shown or offered: a line of its own with its author. */
export function isSpoken(body: Body): boolean {
  return body.kind === "said" || body.kind === "photo" || body.kind === "place";
}

/** In words, for whoever hears the page, and for the text file. */
export function inWords(body: ChatEntry["body"], author: Party): string | null {
  switch (body.kind) {
    case "said":
      return body.text;
    case "photo":
      return [author.side === "citizen" ? t("photoOfYou") : t("photoOfStaff"), body.description]
        .filter(Boolean)
        .join(": ");
    case "place":
      return [
        author.side === "citizen" ? t("placeOfYou") : t("placeOfStaff"),
        body.label,
        `${body.latitude}, ${body.longitude}`,
      ]
        .filter(Boolean)
        .join(": ");
    case "offered":
      return [t("guidesTitle"), ...body.guides.map((guide) => `${guide.title}: ${guide.passage}`)].join("\n");
    default:
      return happened(body, author);
  }
}

export function nameOf(author: Party): string {
  switch (author.side) {
    case "citizen":
      return t("you");
    case "staff":
      return author.name ? `${t("staff")} ${author.name}` : t("staff");
    case "system":
      return t("system");
  }
}
