"""Yes made of no, needed of not needed, and acts of which nobody spoke. Pure.

A line may be made of nothing but words that were said and still say the opposite. Of all that a model may get wrong this
does the most harm, so what the agent is to have told is looked at for it.
"""

import re
from typing import Final

_YES: Final = re.compile(r"(?<!불)가능(?!성|한지|하지|여부|\s?여부)|할 수 있음|받을 수 있음")
_NO: Final = re.compile(
    r"불가|안 됨|할 수 없음|받을 수 없음|해당(?:되지|하지) 않|대상(?:이)? 아님|없음(?!을 확인)|불필요"
)
_NEEDED: Final = re.compile(r"(?<!불)필요(?!\s?없|성|하지|한지|\s?여부)")

_YES_SAID: Final = re.compile(
    r"수\s?(?:도\s?)?있|가능|됩니다|되세요|돼요|되시|되고|그럼요|해 드립니다|해 드려요|받습니다"
)
_NO_SAID: Final = re.compile(
    r"수\s?(?:는\s?|가\s?)?없|불가|안\s?[됩되돼]|못\s|어렵|아닙니다|아니에요|아니십|않[습아으고는]|없[습어]|무료|면제"
)
_NOT_POSSIBLE: Final = re.compile(
    r"수\s?(?:는\s?|가\s?)?없|불가|안\s?[됩되돼]|어렵|대상(?:이|은|에)?\s?(?:아니|아닙|안|들지)|해당\S*\s?(?:않|안|아니)"
)
_NOT_NEEDED: Final = re.compile(r"필요(?:가|는|하지|하진)?\s?(?:없|않)")

_ACTS: Final[dict[str, str]] = {
    "접수": "접수|신고를? 받|등록",
    "발송": "보내|발송|문자|메일|우편",
    "연결": "연결|돌려",
    "예약": "예약|잡아",
    "취소": "취소",
    "승인": "승인|허가",
    "지급": "지급|드립니다|나옵니다|나갑니다|입금",
    "면제": "면제|안 내|내지 않|없습니다|무료",
    "감면": "감면|깎|할인|공제",
    "이관": "이관|전달|넘",
    "부과": "부과|나옵|나올|나와|붙",
    "배차": "배차|보내",
    "등록": "등록",
    "환불": "환불|돌려",
    "연장": "연장|늘",
    "출동": "출동|나가|보내",
    "납부": "내[셨드]|납부",
    "변상": "변상|배상|물어",
    "배상": "배상|변상|물어",
    "보상": "보상|배상",
}
"""What an office does → how agents say so."""
_ACT: Final = re.compile(
    rf"(?P<act>{'|'.join(_ACTS)})\S{{0,2}}(?:\s?(?:처리|완료|조치))?(?:하였|했|됐|되었|함|됨|해 줌|해 드림|하기로|해 주기로|해 드리기로|을 해|를 해|\s?예정|하여|$)"
)


def contradicts(line: str, told: str, about: str) -> bool:
    """Whether a line says the opposite of what was told, or an act of which it does not speak.

    Args:
        line: what the agent is to have told or done.
        told: all that she said in the line's evidence.
        about: of this the sentences that speak of the line's matter.
    """
    if any(not re.search(_ACTS[match["act"]], told) for match in _ACT.finditer(line)):
        return True
    if _NO.search(line):
        return not _NO_SAID.search(about)
    if _NEEDED.search(line) and _NOT_NEEDED.search(about):
        return True
    return bool(_YES.search(line) and _NOT_POSSIBLE.search(about) and not _YES_SAID.search(about))
