/** The head of a conversation, folded on entry by entry. Twin of `head_after` in `chat_gateway/conversation.py`. */
import type { ChatEntry, ChatHead, Party } from "../contracts";

/** The head with one more entry, which must be the next. */
export function headAfter(head: ChatHead, entry: ChatEntry): ChatHead {
  const warned_at_ms = entry.author.side === "citizen" ? null : head.warned_at_ms;
  return { ...head, last_seq: entry.seq, warned_at_ms, ...changesBy(head, entry) };
}

function changesBy(head: ChatHead, entry: ChatEntry): Partial<ChatHead> {
  const { body, at_ms } = entry;
  switch (body.kind) {
    case "opened":
      return {
        state: "waiting",
        channel: body.channel,
        language: body.language,
        skill: body.skill,
        nickname: entry.author.name,
        facts: body.facts,
        simulated: body.simulated,
        opened_at_ms: at_ms,
        queued_at_ms: at_ms,
      };
    case "said":
    case "photo":
    case "place":
      return spoken(head, entry);
    case "live_typing":
      return { live_typing: body.on };
    case "stayed":
      return { stayed_ms: at_ms };
    case "solved":
      return { ...over(at_ms, "self"), topic: body.topic || head.topic };
    case "rated":
      return { rating: body.score };
    case "ended":
      return over(at_ms, head.staff_wrote_ms === null ? "" : "staff");
    case "blocked":
      return { ...over(at_ms, ""), blocked: true };
    case "taken":
      return withAgent(entry.author);
    case "assigned":
      return withAgent(body.agent);
    case "transferred":
      return { skill: body.skill || head.skill };
    case "requeued":
      return { state: "waiting", agent: null, front: body.front, queued_at_ms: at_ms, warned_at_ms: null };
    case "joined":
      return joined(head, entry.author);
    case "left":
      return left(head, entry.author);
    case "urgent":
      return { urgent: true };
    case "notice":
      return body.key === "idle_warning" ? { warned_at_ms: at_ms } : {};
    case "offered": {
      const ids = body.guides.map((guide) => guide.article_id).filter((id) => !head.offered.includes(id));
      return { offered: [...head.offered, ...ids], topic: head.topic || (body.guides[0]?.category ?? "") };
    }
    case "rested":
      return { state: "resting", warned_at_ms: null };
    case "hidden":
      return body.spoken ? spoken(head, entry) : {};
    case "edited":
    case "withdrawn":
    case "noted":
      return {};
  }
}

function spoken(head: ChatHead, { author, at_ms }: ChatEntry): Partial<ChatHead> {
  switch (author.side) {
    case "citizen":
      return { citizen_wrote_ms: at_ms, unanswered_since_ms: head.unanswered_since_ms ?? at_ms };
    case "staff":
      return { staff_wrote_ms: at_ms, unanswered_since_ms: null };
    case "system":
      return {};
  }
}

function withAgent(agent: Party): Partial<ChatHead> {
  return { state: "serving", agent, front: false, warned_at_ms: null };
}

function over(at_ms: number, solved_by: ChatHead["solved_by"]): Partial<ChatHead> {
  return { state: "ended", ended_at_ms: at_ms, solved_by, warned_at_ms: null };
}

function joined(head: ChatHead, who: Party): Partial<ChatHead> {
  return head.watchers.some((each) => isSame(each, who)) ? {} : { watchers: [...head.watchers, who] };
}

function left(head: ChatHead, who: Party): Partial<ChatHead> {
  const place = head.watchers.findIndex((each) => isSame(each, who));
  return place < 0 ? {} : { watchers: head.watchers.toSpliced(place, 1) };
}

function isSame(one: Party, other: Party): boolean {
  return one.staff_id === other.staff_id && one.name === other.name;
}
