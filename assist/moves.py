"""What a turn does to the conversation: affirms, changes the subject, says back, or breaks off. Pure.

Korean says it at a turn's edges: '아니 그거 말고' opens another matter, '여권 재발급이요' says one back, and '여권을
잃어버렸는데' without a polite ending has not come to its point.
"""

import re
from typing import Final

from assist.lexicon import CONFIRMS
from assist.words import words

_AFFIRMS: Final = re.compile(
    r"(?:아|어)*(?:네|예|응|넵)+|맞아요|맞습니다|맞네요|그거요|그거예요|그겁니다|그렇죠|그럼요|그래요|바로"
)

_DROPS: Final = re.compile(
    r"^(?:.*?\s)?(?!(?:저|제|나|내|저희|우리|본인|거기|여기)\s?말고)[^\s]+(?:\s(?:거|것|얘기|문제))?\s?말고(?:요|는요|는)?(?=[\s,.!?]|$)"
    r"|^(?:아|어|음|네|예|저|그)?[\s,.]*아니(?:요|야|다|고|라|구나)?[\s,.]*(?:그게|그거|그건|이게|제가)\s*(?:아니|말고)\S*"
    r"|^.{0,12}?그(?:거|건|게)\s*(?:는\s*)?(?:(?:됐|아니)(?:고|구)?(?:요|라)?)"
)
"""The words up to the end of what is dropped: '여권 재발급 말고', '아니, 그게 아니라'."""

_OPENS: Final = re.compile(
    r"(?:다른|딴)\s*(?:거|것|얘기|질문|문의|건)|(?:하나|한\s*가지)(?:만)?\s*(?:더|다른)|(?:또|더)\s*(?:하나|한\s*가지|여쭤|물어|궁금)|(?:추가로|별개로|마지막으로)"
    r"|온\s*김에|거신\s*김에|전화(?:한|드린)\s*김에|그리고\s*(?:또|혹시)"
)
"""Another matter begins; the one before is settled."""

_SAYS_BACK: Final = re.compile(
    r"^(?:아\s*)?(?:네|예|아)[,.\s]+(?=[^.?!]{3,40}[.?!])[^.?!]*[가-힣]{2}[^.?!]*(?:이요|이시군요|이시네요|이군요|이네요|시는\s*거요|거요)[.?!]"
)
_SAYS_BACK_AT_ALL: Final = re.compile(
    r"(?:말씀|문의|건|거|것)\s*(?:이|말씀)?\s*(?:세요|시군요|이시군요|이군요|이네요|하시는군요|하셨군요|이시고요|이신\s*거죠|이신\s*거네요|맞으시죠|맞으실까요)"
    r"|(?:때문에|관련해서?|관련으로|문제로)\s*(?:전화|연락|문의)|(?:하시려는|받으시려는|하고\s*싶으신|원하시는|찾으시는)\s*(?:거|것)"
)
_TELLS: Final = re.compile(
    r"(?:시면|하면|으면)\s*(?:됩|되|돼)|셔야|하세요|주세요|원이|일이|번이|시까지|십시오|습니다|드릴게요|드리겠|가능|할\s*수\s*있"
)

_FINISHED: Final = re.compile(
    r"(?:[요죠까다네지냐래니]|니까|구나|거든|잖아|세요|십시오|그래|[는은인던]가|[하되있없]나|어때)[.?!~\s]*$|[?!]\s*$"
)
_BROKEN_OFF: Final = re.compile(
    r"(?:(?:[는은인한던]데|는지|[으]?려고|[으]?려는|으면|하면|면은|이면|[해어아와가라새나돼려져워여켜러]서|니까|[가-힣]고|[가-힣]며|지만|다가)"
    r"|[가-힣](?:을|를|은|는|이|가|에|에서|으로|의|도|랑|하고|때문에)|(?:^|\s)(?:그|저|어|음|막|뭐|이제|약간))[\s,.…]*$"
)
"""Endings after which people go on: connectives without 요, particles, fillers."""

_RHETORIC: Final = re.compile(
    r"몇\s*번(?:씩|이나|을|째)|몇\s*(?:년|달|시간|일|십)\S*\s*(?:째|동안|전)|얼마나\s*\S+(?:지\s*(?:몰라|모르)|겠)|어떻게\s*(?:이럴|그럴|이런|그런)"
    r"|얼마\s*(?:전|안)|왜\s*이렇게|왜\s*이리|누가\s*(?:알|몰)|어디\s*(?:있|가)든"
)
"""Words of asking that ask nothing."""

_TALE: Final = re.compile(
    r"옛날|예전에|그\s?때는|왕년|시절|젊었을\s*때|우리\s*때는|[했었았]던\s*(?:사람|분)|말이야|말이지"
    r"|(?:(?:있|하|좋|없|많|그렇)지|더라고|더라구|더라|그랬어|했었지|했지|었지|았지|이었지|였지|했어|왔어|봤어|좋아해)(?:요)?[\s.!,]*$"
)
"""Somebody tells how it was."""

_POINTS_BACK: Final = re.compile(
    r"^(?:(?:아|네|예|그럼|그러면|근데|그런데|어)[\s,]+)*(?:이런|그런|이거|그거|거기|여기|이건|그건|이걸|그걸|이게|그게|그것|이것)"
)


def affirms(text: str) -> bool:
    """Nothing but yes: '네, 맞아요'."""
    said = words(text)
    return bool(said) and all(_AFFIRMS.fullmatch(word) for word in said)


def begins_affirming(text: str) -> bool:
    """Yes, and more: '네, 전등이 나갔어요'."""
    said = words(text)
    return bool(said) and bool(_AFFIRMS.fullmatch(said[0]))


def says_back(text: str) -> bool:
    """The agent says what the caller wants, as a question ('여권 재발급 말씀이세요?') or not ('네, 여권 재발급이요.').

    What the agent tells ('구청에 가시면 됩니다') is an answer, and no more words of the caller.
    """
    if CONFIRMS.search(text) or _SAYS_BACK_AT_ALL.search(text):
        return True
    first = _SAYS_BACK.match(text)
    return bool(first) and not _TELLS.search(text)


def without_dropped(text: str) -> str | None:
    """What is left of a turn that drops what was said before ('아니 그거 말고 분실이요' → '분실이요').

    None: nothing is dropped. An empty text: all that was said is that.
    """
    dropped = _DROPS.search(text)
    return text[dropped.end() :].strip(" ,.") if dropped else None


def opens_another(text: str) -> bool:
    """Another matter begins: '그리고 하나 더 여쭤볼게요'."""
    return bool(_OPENS.search(text))


def without_rhetoric(text: str) -> str:
    """The text without words of asking that ask nothing ('하루에도 몇 번씩')."""
    return _RHETORIC.sub(" ", text)


def tells_a_tale(text: str) -> bool:
    """Somebody tells how it was: '나는 옛날에 버스를 몰았지'."""
    return bool(_TALE.search(text))


def points_back(text: str) -> bool:
    """It begins with what was just spoken of: '그럼 그건 …'."""
    return bool(_POINTS_BACK.search(text))


def is_broken_off(text: str) -> bool:
    """The caller has visibly not come to an end: '제가 여권을 잃어버렸는데'."""
    return bool(_BROKEN_OFF.search(text)) and not _FINISHED.search(text)
