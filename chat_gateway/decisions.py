"""What a command leads to: who may do what when, and what follows from it. Pure.

| who | may |
|---|---|
| the citizen | speak, edit and withdraw own words, switch live typing, stay, end; say that a guide solved it; rate it afterwards |
| the agent whose it is | speak, note, transfer, end, block, switch live typing off |
| any agent | take what waits |
| a supervisor | the same in every conversation, and join or watch, announced |
| the system | assign, requeue, rest, warn, offer, end, note for staff |
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from chat_gateway.rules import Rules, Sentence
from contracts.chat import (
    EDIT_MS,
    SYSTEM,
    Assigned,
    Blocked,
    Body,
    ChatEntry,
    ChatHead,
    Edited,
    Ended,
    Joined,
    Left,
    LiveTyping,
    Noted,
    Notice,
    Offered,
    Party,
    Photo,
    Place,
    Rated,
    Requeued,
    Rested,
    Said,
    Solved,
    Stayed,
    Taken,
    Transferred,
    Urgent,
    Withdrawn,
)
from contracts.errors import BadRequest, Conflict, NotAllowed, NotFound
from contracts.event import Model

Written = tuple[tuple[Party, Body], ...]
"""Who writes what, in order."""

_CITIZEN: Final = (Said, Photo, Place, Edited, Withdrawn, LiveTyping, Stayed, Solved, Rated, Ended)
_STAFF: Final = (
    *(Said, Photo, Place, Edited, Withdrawn, LiveTyping, Ended),
    *(Noted, Taken, Transferred, Joined, Left, Blocked),
)
_SYSTEM: Final = (Said, Ended, Assigned, Requeued, Urgent, Notice, Offered, Rested, Noted)


def decide(  # noqa: PLR0917  all of them are what it is decided by
    head: ChatHead, who: Party, body: Body, now_ms: int, rules: Rules, said: Mapping[int, ChatEntry]
) -> Written:
    """What is to be written for this command: the command itself, then what follows from it.

    Args:
        head: as of now.
        who: authenticated; of the system with a `staff_id`, it is meant only as long as this agent has it.
        body: of a client, so not to be trusted.
        now_ms: wall time.
        rules: of the site.
        said: the entry that an edit or a withdrawal is about, by its number.

    Returns:
        Nothing where all is so already: switched on what is on, taken what is theirs.

    Raises:
        NotAllowed: not this person's to do.
        Conflict: the conversation is past that.
        BadRequest: makes no sense from anybody.
        NotFound: the entry that it is about.
    """
    _check_kind(who, body)
    is_remark = who.side == "system" and isinstance(body, Noted)  # e.g. that the last answer did not arrive
    if head.state == "ended" and not isinstance(body, Rated) and not is_remark:
        raise Conflict(
            "이미 끝난 상담입니다. 새 상담을 시작해 주십시오.", "this chat has ended. Start another one."
        )
    if who.side == "staff" and not isinstance(body, Taken | Joined | Left | Edited | Withdrawn):
        _check_theirs(head, who)
    if who.side == "system" and who.staff_id and _agent_id(head) != who.staff_id:
        raise Conflict("담당 상담사가 바뀌었습니다.", "another agent has it by now.")
    author = Party(side="citizen", name=head.nickname) if who.side == "citizen" else who
    case = _Case(head, author, now_ms, rules, said)
    return _DECISIONS.get(type(body), _Case.plain)(case, body)


def _check_kind(who: Party, body: Body) -> None:
    allowed = {"citizen": _CITIZEN, "staff": _STAFF, "system": _SYSTEM}[who.side]
    if isinstance(body, allowed):
        return
    if isinstance(body, _CITIZEN + _STAFF + _SYSTEM):
        raise NotAllowed(
            f"이 동작({body.kind})은 할 수 없습니다.", f"'{body.kind}' is not for {who.side} to write."
        )
    raise BadRequest(f"이 동작({body.kind})은 보낼 수 없습니다.", f"'{body.kind}' cannot be sent.")


def _check_theirs(head: ChatHead, who: Party) -> None:
    if who.sees_all or (_agent_id(head) == who.staff_id and head.state != "waiting"):
        return
    if head.state == "waiting":
        raise Conflict("기다리는 상담입니다. 먼저 받으십시오.", "this chat waits. Take it first.")
    raise NotAllowed("담당 상담이 아닙니다.", "this chat is not yours.")


def _agent_id(head: ChatHead) -> str | None:
    return head.agent.staff_id if head.agent else None


class _Case:
    """One command on one head."""

    def __init__(
        self, head: ChatHead, who: Party, now_ms: int, rules: Rules, said: Mapping[int, ChatEntry]
    ) -> None:
        self.head = head
        self.who = who
        self.now_ms = now_ms
        self.rules = rules
        self._said = said

    def plain(self, body: Body) -> Written:
        return ((self.who, body),)

    # -- words ---------------------------------------------------------------------------------------------

    def spoke(self, body: Said | Photo | Place) -> Written:
        if self.who.side == "citizen":
            return ((self.who, self._marked(body)), *self._back(), *self._alarm(_words(body)))
        written = ((self.who, _unmarked(body)),)
        if self.who.side == "staff" and self.head.state == "resting":
            return (*written, (self.who, Taken()))  # who goes on talking has it again
        return written

    def _marked(self, body: Said | Photo | Place) -> Body:
        if not isinstance(body, Said):
            return body
        own = {"replies": (), "suggestion_id": "", "profane": self.rules.profanity(body.text)}
        return body.model_copy(update=own)

    def _back(self) -> Written:
        """The citizen is back in a conversation that rests."""
        if self.head.state != "resting":
            return ()
        back: Written = ((SYSTEM, Requeued(reason="returned", front=True)),)
        if not self.rules.is_open(self.now_ms):
            back += ((SYSTEM, notice("after_hours", self.rules.after_hours)),)
        return back

    def _alarm(self, text: str) -> Written:
        words = () if self.head.urgent else self.rules.emergency_words(text)
        if not words:
            return ()
        return ((SYSTEM, Urgent(words=words)), (SYSTEM, notice("emergency", self.rules.emergency)))

    def edited(self, body: Edited) -> Written:
        if not isinstance(self._own(body.of_seq).body, Said):
            raise BadRequest("글만 고칠 수 있습니다.", "only text can be edited.")
        alarm = self._alarm(body.text) if self.who.side == "citizen" else ()
        return ((self.who, body), *alarm)

    def withdrawn(self, body: Withdrawn) -> Written:
        self._own(body.of_seq)
        return self.plain(body)

    def _own(self, seq: int) -> ChatEntry:
        """What was said under this number, and may still be changed by this author."""
        entry = self._said.get(seq)
        if entry is None:
            raise NotFound(f"{seq}번 글이 없습니다.", f"there is no entry {seq}.")
        author = entry.author
        if (author.side, author.staff_id) != (self.who.side, self.who.staff_id):
            raise NotAllowed("자신이 쓴 글만 고칠 수 있습니다.", "only its author can change it.")
        if not isinstance(entry.body, Said | Photo | Place):
            raise Conflict(
                "이미 거둔 글이거나 고칠 수 없는 글입니다.", "withdrawn already, or nothing that was said."
            )
        if self.now_ms - entry.at_ms > EDIT_MS:
            raise Conflict(
                "보낸 지 1분이 지나 고칠 수 없습니다. 새 글로 알려 주십시오.",
                "sent more than a minute ago. Write another message.",
            )
        return entry

    # -- what the citizen does -----------------------------------------------------------------------------

    def typing(self, body: LiveTyping) -> Written:
        if body.on and self.who.side != "citizen":
            raise NotAllowed(
                "실시간 입력은 시민만 켤 수 있습니다.", "only the citizen can switch live typing on."
            )
        return () if body.on == self.head.live_typing else self.plain(body)

    def stayed(self, body: Stayed) -> Written:
        return ((self.who, body), *self._back())

    def solved(self, body: Solved) -> Written:
        if not self.head.offered or (body.article_id and body.article_id not in self.head.offered):
            raise Conflict("안내를 드린 적이 없는 상담입니다.", "no such guide was offered in this chat.")
        if self.head.state == "serving" and self.head.staff_wrote_ms is not None:
            raise Conflict(
                "상담사와 이야기하고 있습니다. 끝내려면 '상담 끝내기'를 누르십시오.",
                "you are talking with an agent. End the chat instead.",
            )
        return self.plain(body)

    def rated(self, body: Rated) -> Written:
        if self.head.blocked:
            raise NotAllowed("이 상담은 평가할 수 없습니다.", "this chat cannot be rated.")
        if self.head.state != "ended":
            raise Conflict("상담이 끝난 뒤에 평가해 주십시오.", "rate it when it has ended.")
        if self.head.rating is not None:
            raise Conflict("이미 평가하셨습니다. 고맙습니다.", "rated already. Thank you.")
        return self.plain(body)

    # -- what staff do -------------------------------------------------------------------------------------

    def taken(self, body: Taken) -> Written:
        is_theirs = _agent_id(self.head) == self.who.staff_id
        if self.head.state == "serving":
            if is_theirs:
                return ()
            if not self.who.sees_all:
                raise Conflict("다른 상담사가 먼저 받았습니다.", "another agent has taken it already.")
        if self.head.state == "resting" and not (is_theirs or self.who.sees_all):
            raise NotAllowed("담당 상담이 아닙니다.", "this chat is not yours.")
        return self.plain(body)

    def transferred(self, body: Transferred) -> Written:
        if bool(body.staff_id) == bool(body.skill):
            raise BadRequest(
                "넘길 상담사나 분야를 하나만 고르십시오.", "choose either a colleague or a queue, not both."
            )
        if body.skill:
            return ((self.who, body), (SYSTEM, Requeued(reason="transferred", front=True)))
        if self.head.state == "serving" and body.staff_id == _agent_id(self.head):
            raise Conflict("이미 그 상담사가 담당합니다.", "that agent has it already.")
        # The log knows the name.
        return ((self.who, body), (SYSTEM, Assigned(agent=Party(side="staff", staff_id=body.staff_id))))

    def joined(self, body: Joined) -> Written:
        if not self.who.sees_all:
            raise NotAllowed("팀장만 참여하거나 볼 수 있습니다.", "only supervisors join or watch.")
        return self.plain(body)

    def left(self, body: Left) -> Written:
        watching = {watcher.staff_id for watcher in self.head.watchers}
        return self.plain(body) if self.who.staff_id in watching else ()

    # -- what the system does ------------------------------------------------------------------------------

    def assigned(self, body: Assigned) -> Written:
        self._only("waiting")
        return self.plain(body)

    def requeued(self, body: Requeued) -> Written:
        self._only("resting" if body.reason == "returned" else "serving")
        if body.reason != "agent_lost":
            return self.plain(body)
        return ((self.who, body), (SYSTEM, notice("agent_lost", self.rules.agent_lost)))

    def offered(self, body: Offered) -> Written:
        self._only("waiting")  # guides are for the time before a person is there
        return self.plain(body)

    def rested(self, body: Rested) -> Written:
        self._only("serving")
        if self.head.warned_at_ms is None:
            raise Conflict("시민이 아직 있습니다.", "the citizen is there, or was not warned.")
        stay = (self.rules.stay_reply,)
        return ((self.who, body), (SYSTEM, notice("resting", self.rules.resting, stay)))

    def noticed(self, body: Notice) -> Written:
        if body.key == "idle_warning":
            self._only("serving")
            if self.head.unanswered_since_ms is not None or self.head.warned_at_ms is not None:
                raise Conflict(
                    "시민의 차례가 아닙니다.", "it is not the citizen's turn, or the warning is out."
                )
        return self.plain(body)

    def _only(self, state: str) -> None:
        if self.head.state != state:
            raise Conflict(
                f"상담 상태가 바뀌었습니다({self.head.state}).",
                f"the chat is {self.head.state}, not {state}.",
            )


def notice(key: str, sentence: Sentence, replies: tuple[str, ...] = ()) -> Notice:
    """What the system says, in the site's words."""
    return Notice.model_validate({"key": key, "ko": sentence.ko, "en": sentence.en, "replies": replies})


def first_words(rules: Rules, now_ms: int) -> Notice:
    """What a new conversation is met with."""
    if rules.is_open(now_ms):
        return notice("greeting", rules.greeting, rules.greeting_replies)
    return notice("after_hours", rules.after_hours)


def _words(body: Said | Photo | Place) -> str:
    match body:
        case Said():
            return body.text
        case Photo():
            return body.description
        case Place():
            return body.label


def _unmarked(body: Said | Photo | Place) -> Body:
    return body.model_copy(update={"profane": ()}) if isinstance(body, Said) and body.profane else body


_DECISIONS: Final[dict[type[Model], Callable[[_Case, Any], Written]]] = {
    Said: _Case.spoke,
    Photo: _Case.spoke,
    Place: _Case.spoke,
    Edited: _Case.edited,
    Withdrawn: _Case.withdrawn,
    LiveTyping: _Case.typing,
    Stayed: _Case.stayed,
    Solved: _Case.solved,
    Rated: _Case.rated,
    Taken: _Case.taken,
    Transferred: _Case.transferred,
    Joined: _Case.joined,
    Left: _Case.left,
    Assigned: _Case.assigned,
    Requeued: _Case.requeued,
    Offered: _Case.offered,
    Rested: _Case.rested,
    Notice: _Case.noticed,
}
