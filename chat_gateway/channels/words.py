"""What is shown on our own pages, told in words where a provider shows text alone. Pure."""

from typing import Final

from chat_gateway.rules import Rules
from contracts.chat import (
    Assigned,
    Blocked,
    ChatEntry,
    ChatHead,
    Edited,
    Ended,
    Joined,
    Notice,
    Offered,
    Photo,
    Place,
    Said,
    Solved,
    Taken,
    Transferred,
    Withdrawn,
)

SOLVED: Final = ("해결됐어요", "Solved")
"""The reply that ends a conversation whose question a guide answered."""

ATTACHED: Final[dict[str, tuple[str, str]]] = {
    "audio": ("음성 메시지", "a voice message"),
    "video": ("동영상", "a video"),
    "file": ("파일", "a file"),
    "share": ("게시물 공유", "a shared post"),
    "story_mention": ("스토리에서 언급", "a mention in a story"),
    "story_reply": ("스토리에 답장", "a reply to a story"),
    "ig_reel": ("릴스", "a reel"),
    "reel": ("릴스", "a reel"),
    "location": ("위치", "a place"),
    "sticker": ("스티커", "a sticker"),
    "contact": ("연락처", "a contact"),
}


def attached(kind: str) -> str:
    """What a citizen sent that cannot be opened here."""
    ko, _ = ATTACHED.get(kind, ("지원하지 않는 형식의 내용", ""))
    return f"({ko}을(를) 보냈습니다. 이 화면에서는 열 수 없습니다.)"


def photo_lost() -> str:
    return "(사진을 보냈지만 받지 못했습니다. 다시 보내 달라고 요청해 주십시오.)"


def photo_coming() -> str:
    return "(사진을 보냈습니다. 받는 중입니다.)"


def reacted(sign: str) -> str:
    return f"(공감: {sign})" if sign else "(공감을 남겼습니다.)"


_SAYS: Final = (Said, Photo, Place, Edited, Withdrawn, Notice, Offered)
_MOVES: Final = (Assigned, Taken, Transferred, Joined, Ended, Blocked)


def goes_out(entry: ChatEntry) -> bool:
    """Whether a citizen elsewhere gets it: what staff and system say to them, and who is there."""
    if entry.author.side == "citizen":
        return isinstance(entry.body, Solved)
    return isinstance(entry.body, (*_SAYS, *_MOVES))


def says_something(entry: ChatEntry) -> bool:
    """Whether staff must know when it does not arrive. That somebody took it over is told again by what they say."""
    return isinstance(entry.body, _SAYS)


def outgoing(entry: ChatEntry, head: ChatHead, rules: Rules, link: str = "") -> str:
    """An entry as text for the citizen; empty: nothing to tell.

    Args:
        entry: of staff or system.
        head: of its conversation.
        rules: of the site.
        link: to our own page, for what cannot be shown elsewhere; empty: none.
    """
    korean = head.language == "ko"
    match entry.body:
        case Said(text=text, replies=replies):
            return _with_replies(text, replies)
        case Edited(text=text):
            return f"(고침) {text}" if korean else f"(Corrected) {text}"
        case Withdrawn():
            return "(앞에 보낸 글을 거두었습니다.)" if korean else "(The message before was withdrawn.)"
        case Photo(description=description):
            return _photo(description, link, korean=korean)
        case Place(label=label, latitude=latitude, longitude=longitude):
            return f"{label} https://maps.google.com/?q={latitude},{longitude}".strip()
        case Notice(ko=ko, en=en, replies=replies, key=key):
            said = _with_replies(ko if korean else en, replies)
            return said + _page(link, korean=korean) if key == "greeting" else said
        case Offered():
            return _offered(entry.body, korean=korean)
        case Assigned(agent=agent):
            return _with_agent(agent.name, korean=korean)
        case Taken():
            return _with_agent(entry.author.name, korean=korean)
        case _:
            return _moved(entry, rules, korean=korean)


def _moved(entry: ChatEntry, rules: Rules, *, korean: bool) -> str:
    match entry.body:
        case Transferred():
            return "다른 상담사에게 연결해 드립니다." if korean else "You are being passed on to a colleague."
        case Joined(watching=watching):
            what = ("보고 있습니다", "watching") if watching else ("참여했습니다", "joining")
            return f"팀장이 상담을 {what[0]}." if korean else f"A supervisor is {what[1]}."
        case Solved():
            return (
                "해결되셨다니 다행입니다. 다시 글을 보내시면 새 상담이 시작됩니다."
                if korean
                else "Glad that it helped. Write again to start another chat."
            )
        case Blocked():
            return (
                "상담사가 상담을 끝냈습니다. 24시간 뒤에 새 상담을 시작할 수 있습니다. 급하면 120으로 전화하거나 "
                "107 손말이음센터를 이용해 주십시오."
                if korean
                else "The agent has ended the chat. You can start another one after 24 hours. If it is urgent, call "
                "120, or use the relay service at 107."
            )
        case Ended():
            name = rules.name.ko if korean else rules.name.en
            if korean:
                return f"상담이 끝났습니다. 다시 글을 보내시면 새 상담이 시작됩니다. {name}"
            return f"The chat has ended. Write again to start another one. {name}"
        case _:
            return ""


def _with_agent(name: str, *, korean: bool) -> str:
    if korean:
        return f"{name} 상담사와 연결되었습니다." if name else "상담사와 연결되었습니다."
    return f"You are now talking with {name or 'an agent'}."


def _with_replies(text: str, replies: tuple[str, ...]) -> str:
    """Buttons as words: whoever writes one of them has pressed it."""
    return text if not replies else text + "\n\n" + " / ".join(f"[{reply}]" for reply in replies)


def _photo(description: str, link: str, *, korean: bool) -> str:
    what = ("사진" if korean else "Photo") + (f": {description}" if description else "")
    if not link:
        return f"({what})"
    return f"({what})\n{'웹에서 보기' if korean else 'See it here'}: {link}"


def _page(link: str, *, korean: bool) -> str:
    if not link:
        return ""
    ask = (
        "웹 화면에서 이어서 상담하기(한 번, 1시간 안에)"
        if korean
        else "Go on in the browser (once, within an hour)"
    )
    return f"\n\n{ask}: {link}"


def _offered(body: Offered, *, korean: bool) -> str:
    guides = [
        "\n".join(filter(None, (f"■ {guide.title}", guide.passage, guide.source))) for guide in body.guides
    ]
    ask = (
        f"이 안내로 해결되셨으면 '{SOLVED[0]}'라고 적어 주십시오. 아니면 그대로 기다려 주시면 상담사가 답합니다."
        if korean
        else f"If this answers your question, write '{SOLVED[1]}'. Otherwise just wait: an agent will answer."
    )
    return "\n\n".join((*guides, ask))
