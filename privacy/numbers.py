"""Which chains of digits are personal, and of which kind. Public numbers, amounts, dates and counts stay."""

import re
from typing import Final

from privacy.digits import Chain
from privacy.patterns import Kind

_PHONE: Final = re.compile(r"(?:82)?0?1[016789]\d{7,8}|0(?:2|[3-6][1-5]|70|50\d)\d{7,8}")
_RRN: Final = re.compile(r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[0-9]\d{6}")
_BIRTH: Final = re.compile(r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_YEAR: Final = re.compile(r"(?:19|20)\d\d|0+")
"""A year, or the zeros that stand for a number not told."""

_PUBLIC: Final = re.compile(
    r"(?:0[2-6][1-5]?)?1[0-8]\d"  # 112, 119, 120, 02-120: special numbers of public services
    r"|13\d\d"  # 1345, 1355, 1388: government hotlines
    r"|1[5689]\d\d(?:\d{4})?"  # 1577-1000: nationwide representative numbers
    r"|080\d{6,8}"  # paid by the called party
)
"""Numbers everybody may know; guides and agents need them (numbering plan of the Ministry of Science and ICT)."""

_NUMBER: Final = r"(?:\s?번호)?[는가요이은]?"
_CONTEXTS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    (
        "rrn",
        re.compile(rf"(?:주민\s?(?:등록)?\s?번호|주민\s?(?=[앞뒷])|생년월일|외국인\s?등록\s?번호){_NUMBER}"),
    ),
    (
        "account",
        re.compile(
            rf"(?:계좌|통장|은행|농협|신협|수협|새마을금고|우체국|카카오뱅크|토스뱅크|케이뱅크){_NUMBER}"
        ),
    ),
    ("card", re.compile(rf"(?:카드\s?번호|신용카드|체크카드){_NUMBER}")),
    ("plate", re.compile(rf"(?:(?:차량|차|자동차)\s?번호|번호판){_NUMBER}")),
    (
        "phone",
        re.compile(
            rf"(?:전화|휴대폰|핸드폰|연락)\s?번호{_NUMBER}|연락처|핸드폰|휴대폰|휴대\s?전화|번호[는가요이은]|끝\s?번호"
        ),
    ),
)
"""Words that announce a number; where two end at the same place the first of the list is meant."""

_ANY_CONTEXT: Final = re.compile("|".join(f"(?:{pattern.pattern})" for _, pattern in _CONTEXTS))

_ANNOUNCED_WITHIN: Final = 30
"""Characters; what stands farther away announces nothing."""

LENGTHS: Final[dict[Kind, int]] = {"phone": 11, "rrn": 13, "card": 16, "account": 14, "plate": 6}
"""Digits after which a number of a kind is complete."""


def context_kind(text: str) -> Kind | None:
    """The kind of number that the last words announced, if any."""
    text = text[-_ANNOUNCED_WITHIN:]
    if not _ANY_CONTEXT.search(text):
        return None
    best: tuple[int, Kind] | None = None
    for kind, pattern in _CONTEXTS:
        for match in pattern.finditer(text):
            if best is None or match.end() > best[0]:
                best = (match.end(), kind)
    return best[1] if best else None


def whole_number(digits: str, context: Kind | None) -> Kind | None:
    """The kind of a complete number, from its digits alone or with the word that announced it."""
    if _PUBLIC.fullmatch(digits):
        return None
    if context == "account" and 10 <= len(digits) <= 14:
        return "account"
    if len(digits) == 13 and _RRN.fullmatch(digits):
        return "rrn"
    if context == "rrn" and len(digits) in (6, 7, 13):
        return "rrn"
    if _PHONE.fullmatch(digits):
        return "phone"
    if len(digits) in (15, 16):
        return "card"
    if _PHONE.search(digits) or len(digits) in (7, 8):
        return "phone"
    if len(digits) >= 9:
        return context or ("phone" if digits.startswith("0") else "account")
    return None


def kind_of(chain: Chain, context: Kind | None, *, alone: bool) -> Kind | None:
    """What to mask `chain` as, or None to leave it.

    A chain that is no complete number is masked when it looks like a part of one: three or more digits read
    bare, or four or more figures without a counter. Better one harmless number too many than one leak.

    Args:
        chain: the digits in question.
        context: what was announced before the chain (`주민번호가`, `계좌는`), or the kind of the number going on.
        alone: the utterance holds nothing else but fillers.
    """
    digits = chain.digits
    if chain.counted and len(digits) < 7:
        return None
    if chain.spoken and not chain.strong and not (context and _announced(chain)):
        return None
    whole = whole_number(digits, context)
    if whole is not None:
        return None if chain.counted and not _survives_counter(whole, digits) else whole
    if _PUBLIC.fullmatch(digits) and context in (None, "phone"):
        return None
    if chain.spoken:
        bare = len(digits) >= 3 or (context is not None and _announced(chain))
    elif context is not None:
        bare = len(digits) >= 3
    elif digits.startswith("0") or alone:
        bare = len(digits) >= 3 and not _YEAR.fullmatch(digits)
    else:
        bare = len(digits) >= 4 and not _YEAR.fullmatch(digits)
    if not bare:
        return None
    return context or ("rrn" if _BIRTH.fullmatch(digits) else "phone")


def _announced(chain: Chain) -> bool:
    """After an announcement fewer digits are enough, but everyday words still are none."""
    return len(chain.digits) >= 2 and not all(word.ordinary for word in chain.words)


def _survives_counter(whole: Kind, digits: str) -> bool:
    """`010…번` is a phone number all the same; `12345678원` is an amount."""
    return digits.startswith("0") or whole in ("rrn", "card")
