"""Personal data with a shape of its own: e-mail, car plates, the private part of an address."""

# ruff: noqa: SIM905  word lists are read more easily as words

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

Kind = Literal["phone", "rrn", "card", "account", "email", "name", "address", "plate"]


class Span(NamedTuple):
    """Characters `start`..`end` of the text are personal data."""

    start: int
    end: int
    kind: Kind


_SINO: Final = "[공영일이삼사오육륙칠팔구십백천]"
_HEAD: Final = r"(?<![가-힣0-9A-Za-z\[])"

_EMAIL: Final = re.compile(
    r"[\w.%+-]{1,80}@(?:[A-Za-z0-9][A-Za-z0-9.-]{0,80}|[\w.-]{1,80})|[A-Za-z0-9._%+-]{1,80}\s?@\s?[A-Za-z0-9-]+\s?\.\s?[A-Za-z.]{2,20}"
)
_AT_SPOKEN: Final = "골뱅이"
_DOT: Final = r"\s*(?:닷|점|쩜|\.)\s*"
_DOMAIN: Final = re.compile(
    rf"\s*[^\s\[\]]{{1,40}}?(?:{_DOT}(?:(?:씨오|씨 오|co|고|go|오알|or){_DOT}(?:케이알|kr)|케이알|kr|컴|com|넷|net|오알지|org)"
    r"|(?=[\s\[\]]|$))",
    re.IGNORECASE,
)
_SPELLED: Final = re.compile(
    r"[A-Za-z0-9._-]+|(?:에이치|에이|비|씨|디|이|에프|지|아이|제이|케이|엘|엠|엔|오|피|큐|알|에스|티|유|브이|더블유|엑스|와이|제트"
    r"|언더바|점|[공영일삼사육칠팔구])+"
)
_ADDRESS_LIKE: Final = re.compile(
    r"[A-Za-z0-9]|[닷점쩜.]\s*\S|네이버|다음|한메일|지메일|구글|네이트|카카오|핫메일|야후|아웃룩"
)
"""골뱅이 is a snail, too: an address has a dot, a known provider or Latin letters."""
_MAX_SPELLED_CHARS: Final = 120

_PLATE_LETTER: Final = "[가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주바사아자허하호배]"
_PLATE_LETTER_JOINED: Final = "[가나다라마거너더러머버서어저고노도로모보소조누두루무부수우주바아자허하호배]"
_PLATE_LETTER_SPOKEN: Final = "[가나다라마거너더러머버서고노도로모보소조누두루무부수우주바자허하호배]"
"""Without 구, 사 and 오, which are digits among spoken digits; standing alone also without the fillers 아, 어 and 저."""

_PLATE: Final = re.compile(rf"(?<!\d)\d{{2,3}}\s?{_PLATE_LETTER}\s?\d{{4}}(?!\d)")
_PLATE_SPOKEN: Final = re.compile(
    rf"{_HEAD}(?:[일이삼사오육칠팔구]?십[일이삼사오육칠팔구]?|[공영일이삼사오육륙칠팔구]{{2,3}}|\d{{2,3}})(?:\s{_PLATE_LETTER_SPOKEN}|{_PLATE_LETTER_JOINED})\s?"
    r"(?:[공영일이삼사오육륙칠팔구](?:\s?[공영일이삼사오육륙칠팔구]){3}|\d{4})(?![가-힣]*(?:원|번|년))"
)

_DONG: Final = (
    rf"(?:제?\s?(?:\d{{1,4}}|{_SINO}{{1,9}})|[가나다라마바사아자차카타파하A-Za-z]|에이|비|씨|디)\s?동"
)
_HO: Final = r"호(?!선|봉|점|기|동|대로|실적|텔|수|남|흡|소|응|칭|차|프|주|박|국|서식|역|사거리)"
_PUBLISHED: Final = "".join(
    rf"(?<!{word}\s)(?<!{word})"
    for word in "제 사적 보물 국보 법률 공고 협약 조례 고시 규칙 기념물 별표 서식 훈령 예규 문화재 유산 농가 번".split()
)
"""Numbers after these are of papers and monuments, not of homes."""
_UNIT: Final = re.compile(
    rf"{_HEAD}(?<![-.,/~]){_PUBLISHED}(?:\d{{3,4}}|{_SINO}{{0,4}}[십백천]{_SINO}{{1,6}}|[공영일이삼사오육륙칠팔구]{{3,4}})\s?{_HO}"
    rf"|(?<=[층하]\s)\d{{1,3}}\s?{_HO}"
)
_UNIT_SPACED: Final = re.compile(rf"{_HEAD}{_DONG}\s(?:지하\s?)?(?:\d{{1,5}}|{_SINO}{{1,9}})\s?{_HO}")
_BUILDING: Final = re.compile(
    rf"{_HEAD}(?:\d{{3,4}}|{_SINO}{{0,4}}[백천]{_SINO}{{1,6}}|[공영일이삼사오육칠팔구]{{3,4}})\s?동(?=[\s,.?!]|이[요에고]|에|입|은|으로|인|$)"
)
_LOT: Final = re.compile(
    rf"{_HEAD}(?:산\s?)?(?:\d{{1,5}}|{_SINO}{{1,9}})(?:\s?(?:-|다시|의)\s?(?:\d{{1,4}}|{_SINO}{{1,9}}))?\s?번지"
    rf"(?:\s?(?:\d{{1,4}}|{_SINO}{{1,9}})\s?호)?"
)
_LOT_AFTER_DONG: Final = re.compile(
    r"(?<=[가-힣]동\s)\d{1,4}-\d{1,4}(?![\d-]|\s?구역)|(?<![가-힣])[가나다라A-D]동\s?반?지하"
)
_HOUSE: Final = (
    rf"(?P<number>(?:지하\s?)?\d{{1,4}}(?:\s?-\s?\d{{1,4}})?|[일이삼사오육칠팔구]?[백천]{_SINO}{{1,9}}|[일이삼사오육칠팔구]?십{_SINO}{{1,9}}"
    rf"|[일이삼사오육칠팔구]백)(?!\d|[,.:~/]\d|\s?[A-Za-z㎡%)~])"
)
_UNCOUNTED: Final = (
    r"(?!\s?(?:여|몇)?(?:시|분|초|원|개|명|일|월|년|층|호선|번|가|차|킬로|미터|퍼|프로|회|건|장|통|세|살|주|배|만|천|백|단|대|인|매|리터|톤|동|억"
    r"|구역|구간|정거장|군데|곳|종|평|길|기|학년|박|도|위|등|급|점))"
)
_ROAD: Final = re.compile(
    rf"(?<![가-힣0-9])(?P<road>[가-힣]+(?:대로|로)\s?(?:\d+(?:번|가|나|다)?|[일이삼사오육칠팔구십백]+)길|[가-힣]{{1,6}}대로"
    rf"|[가-힣]{{1,6}}\d*길)\s?{_HOUSE}{_UNCOUNTED}"
)
_STREET: Final = re.compile(
    rf"(?<![가-힣0-9])(?P<road>[가-힣]{{2,6}}로)\s?(?!1[1-3]\d(?!\d)){_HOUSE}"
    r"(?=이?[요고]|이?에요|예요|입니다|인데|이?거든|번지|에\s|에서|로\s|으로\s|\s(?:살아|살고|사는|거주|앞|근처|건물)|[\s,.]*$)"
)
_NOT_ROADS: Final = re.compile(
    r".*(?:으로|별로|그대로|이대로|마음대로|순서대로|법대로)"
    r"|(?:바|새|서|따|별|도|경|통|진|위|아래|앞|뒤|차|홀|날|절|함부|실제|스스|억지|그|이|저|제|주|전화|번호|카드|버스|택시|지하철|인터넷|"
    r"온라인|현금|문자|무료|유료|최대|최소|추가|대체|하나|둘|종|수수료|팩스|메일|이메일|휴대폰|핸드폰|토스|계좌|여기|거기|저기|어디|집|회사|"
    r"동사무소|센터|주민센터|구|자료|서류|사유|문제|종류|용도|날짜|단위|기준|순)로|[가-힣]*(?:번호|전화|센터|콜|카드)로|대로"
    r"|(?:오는|가는|나가는|들어오는|돌아가는|이|그|저|골목|등굣|하굣|출근|퇴근|등산|산책|손|눈|발|한|초행|내리막|오르막|밤|빙판|눈|빗|지름|갈림)길"
)


_FIGURE: Final = re.compile(r"[\d공영일이삼사오육륙칠팔구십백천]")
_FOUR: Final = re.compile(r"[공영일이삼사오육륙칠팔구](?:\s?[공영일이삼사오육륙칠팔구]){3}|\d{4}")

_BY_SYLLABLE: Final = (
    ("호", (_UNIT, _UNIT_SPACED)),
    ("동", (_BUILDING, _LOT_AFTER_DONG)),
    ("번지", (_LOT,)),
)
"""What no address of these kinds is without: most messages have none, and looking for it costs next to nothing."""


def shaped_spans(text: str) -> Iterator[Span]:
    """E-mail, plates and addresses in `text`; may overlap each other."""
    if "@" in text:
        yield from (Span(*match.span(), "email") for match in _EMAIL.finditer(text))
    yield from _spoken_emails(text)
    if _FOUR.search(text):
        for plate in (_PLATE, _PLATE_SPOKEN):
            yield from (Span(*match.span(), "plate") for match in plate.finditer(text))
    for syllable, addresses in _BY_SYLLABLE:
        if syllable in text:
            for address in addresses:
                yield from (Span(*match.span(), "address") for match in address.finditer(text))
    if ("로" in text or "길" in text) and _FIGURE.search(text):
        yield from _house_numbers(text)


def _spoken_emails(text: str) -> Iterator[Span]:
    """`에이비씨 일이삼 골뱅이 네이버 닷컴`: the word before 골뱅이, spelled letters before that, and the domain."""
    at = text.find(_AT_SPOKEN)
    while at >= 0:
        words = list(re.compile(r"\S+").finditer(text, max(0, at - _MAX_SPELLED_CHARS), at))
        start = at
        for index, word in enumerate(reversed(words)):
            if "[" in word[0] or (index > 0 and not _SPELLED.fullmatch(word[0])):
                break
            start = word.start()
        domain = _DOMAIN.match(text, at + len(_AT_SPOKEN))
        end = domain.end() if domain else at + len(_AT_SPOKEN)
        if _ADDRESS_LIKE.search(text[start:end]):
            yield Span(start, end, "email")
        at = text.find(_AT_SPOKEN, end)


def _house_numbers(text: str) -> Iterator[Span]:
    """The number after a road's name; the name itself stays, guides need it."""
    for pattern in (_ROAD, _STREET):
        for match in pattern.finditer(text):
            if _NOT_ROADS.fullmatch(match["road"]):
                continue
            start, end = match.span("number")
            if text[end - 1] == "이" and text[end : end + 1] in ("요", "고", "에"):
                end -= 1  # the copula
            yield Span(start, end, "address")
