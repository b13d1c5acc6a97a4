"""Addresses, offices and people's names of a written line that nobody said. Pure.

Nothing here knows every place or every surname: words are taken by their form (`…동`, `…역`, `… 주무관`), a list of
everyday words that look alike is left out, and what was said anywhere in the contact is never doubted.
"""

# ruff: noqa: SIM905  word lists are read more easily as words

import re
from collections.abc import Iterator
from typing import Final

from contracts.summary import Doubt, DoubtKind
from privacy.names import name_spans

_DISTRICTS: Final = (
    "종로구 용산구 성동구 광진구 동대문구 중랑구 성북구 강북구 도봉구 노원구 은평구 서대문구 마포구 양천구 강서구 구로구 "
    "금천구 영등포구 동작구 관악구 서초구 강남구 송파구 강동구 중구".split()
)
_EVERYDAY: Final = frozenset(
    "요구 가구 청구 도구 기구 문구 창구 출구 입구 친구 연구 복구 지구 영구 인구 야구 축구 농구 배구 탁구 촉구 강구 재청구 세대가구 "
    "다가구 누구 자치구 거주구 해당구 관할구 각구 타구 구청구 하수구 배수구 비상구 환풍구 투입구 수거구 행정구 "
    "자동 이동 활동 운동 행동 노동 작동 변동 감동 공동 아동 연동 출동 가동 진동 거동 충동 수동 구동 발동 반동 파동 소동 제동 부동 "
    "협동 합동 선동 유동 기동 동동 해당동 거주동 관할동 아파트동 봉사활동 사회활동 불법행동 오작동 자원봉사활동 "
    "지역 구역 내역 무역 영역 광역 통역 검역 방역 용역 전역 현역 번역 권역 면역 전철역 지하철역 정차역 환승역 해당역 단속구역 주차구역 금지구역 "
    "인근역 가까운역 수어통역 금연구역 보호구역".split()
)
_AFTER: Final = r"(?=청|에서|으로|까지|부터|에게|에|의|은|는|이|가|을|를|도|과|와|,|\.|\s|\)|$|인근|근처|앞|주민|행정|소재|거주|보건)"
_AREA: Final = re.compile(rf"(?<![가-힣])(?P<whole>(?P<stem>[가-힣]{{1,5}}?)\d?(?:구|동|역)){_AFTER}")
_ROAD: Final = re.compile(
    r"(?<![가-힣])(?P<whole>(?P<stem>[가-힣]{2,6}?)(?:대로|로)(?:\s?\d+(?:번|가|나|다)?길)?(?=\s?\d|$|\s|,|에서|변|\s?인근)|(?P<other>[가-힣]{2,5})\d+길)"
)
_ROADS_WITH_NUMBER: Final = re.compile(r"대로|\d+(?:번|가|나|다)?길|로\s?\d+$")
_LOT: Final = re.compile(
    r"(?<![\d-])(?P<whole>\d{1,4}(?:-\d{1,4})?\s?번지|\d{1,4}동\s\d{1,4}호|\d{3,4}호)(?!선)"
)

_OFFICE: Final = re.compile(
    r"(?<![가-힣])(?P<whole>[가-힣]{2,10}?(?:센터|공단|공사|세무서|경찰서|소방서|파출소|지구대|보건소|사업소|위원회|법원|교육청|시청|군청|도청|구청|국세청|노동부|외교부|복지부|은행|우체국|병원|대학교"
    r"|(?:관리|행정|민원|교통|복지|환경|청소|세무|건축|주택|여권|위생|녹지|도로|주차|건설|토지|보육|치수|공원|지도|정책|지원|안전|문화|산업|세제|징수|총무|자치|보건|재난|자원순환|가로정비)(?:과|팀|담당관)))"
    r"(?=에서|으로|까지|에|의|은|는|이|가|을|를|도|와|과|로|,|\.|\s|\)|\(|$)"
)

_SURNAMES: Final = (
    "김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구민진나지엄채원천방공"
)
_TITLE: Final = "씨|님|고객|민원인|주무관|팀장|과장|계장|상담사|상담원|담당자|국장|실장|소장|반장|선생"
_TITLED: Final = re.compile(
    rf"(?<![가-힣])(?P<whole>(?P<name>[{_SURNAMES}][가-힣]{{2}}|[{_SURNAMES}])\s?(?P<title>{_TITLE}))(?=[가-힣]{{0,2}}(?:[\s,.)]|$))"
)
_TITLE_FIRST: Final = re.compile(
    rf"(?:담당자|담당|주무관|신청인|신청자|성명|성함|이름|고객명|예금주|보호자)\s?[:(]?\s?(?P<whole>[{_SURNAMES}][가-힣]{{2}})(?=[\s,.)]|에게|이|가|으로|$)"
)
_NO_NAMES: Final = frozenset(
    "이용 신청 문의 민원 전화 주차 상담 담당 해당 안내 고객 방문 지원 서류 주민 구청 신고 정보 이관 전담 주무 임시 공동 유선 문자 확인 "
    "이사 접수 요청 연락 정확한 전체 진행 수신 차량 우선 한부모 외국인 장애인 민원인 상담사 신청자 담당자".split()
)


def unsaid_names(text: str, said: str) -> list[Doubt]:
    """Pieces of `text` that name a place, an office or a person and do not stand in `said`; they may overlap.

    Args:
        text: a line of a draft.
        said: all words that were said, without spaces.
    """
    found = [*_places(text, said), *_offices(text, said), *_people(text, said)]
    return sorted(found, key=lambda doubt: (doubt.start, -doubt.end))


def _places(text: str, said: str) -> Iterator[Doubt]:
    for district in _DISTRICTS:
        for match in re.finditer(rf"(?<![가-힣]){district[:-1]}구", text):
            stem = district[:-1] if len(district) > 2 else district
            if stem not in said:
                yield _doubt(match, "address")
    for match in _AREA.finditer(text):
        word, stem = match["whole"], match["stem"]
        if word in _EVERYDAY or any(word.endswith(one) for one in _EVERYDAY if len(one) >= 3):
            continue
        if (stem if len(stem) > 1 else word) not in said:
            yield _doubt(match, "address", "whole")
    for match in _ROAD.finditer(text):
        if not _is_road(match, text):
            continue
        stem = match["stem"] or match["other"]
        if _squeezed(stem) not in said:
            yield _doubt(match, "address", "whole")
    for match in _LOT.finditer(text):
        if _squeezed(match["whole"]) not in said:
            yield _doubt(match, "address", "whole")


def _is_road(match: re.Match[str], text: str) -> bool:
    """`세종대로`, `양천로 30길`, `종로 5`: a road; `우편으로 3일`: none."""
    if match["other"]:
        return True
    word = text[match.start("whole") : match.end("whole")]
    if (match["stem"] or "").endswith(("으", "그", "이", "별", "마음", "순서", "법", "절")):
        return False
    house = re.match(
        r"\s?\d+(?!\s?(?:일|회|번|년|개|건|시|분|원|명|월|만|천|주|호선|차))", text[match.end() :]
    )
    return bool(_ROADS_WITH_NUMBER.search(word) or house)


def _offices(text: str, said: str) -> Iterator[Doubt]:
    for match in _OFFICE.finditer(text):
        word = match["whole"]
        pairs = [word[index : index + 2] for index in range(len(word) - 1)]
        # 동주민센터 is the 주민센터 that was said; 서부수도사업소 is not the 남부수도사업소.
        other_head = len(word) >= 6 and pairs[0] not in said
        if other_head or sum(pair in said for pair in pairs) < 0.6 * len(pairs):
            yield _doubt(match, "name", "whole")


def _people(text: str, said: str) -> Iterator[Doubt]:
    for span in name_spans(text):
        if _squeezed(text[span.start : span.end]) not in said:
            yield Doubt(start=span.start, end=span.end, kind="name")
    for match in _TITLED.finditer(text):
        name, title = match["name"], match["title"]
        if name in _NO_NAMES or match["whole"].replace(" ", "") in _NO_NAMES:
            continue
        if len(name) == 1 and title in ("고객", "민원인", "담당자", "상담사", "상담원", "선생"):
            continue
        known = name in said if len(name) > 1 else re.search(rf"{name}[가-힣]{{0,2}}{title}", said)
        if not known:
            yield _doubt(match, "name", "name")
    for match in _TITLE_FIRST.finditer(text):
        if match["whole"] not in said and match["whole"] not in _NO_NAMES:
            yield _doubt(match, "name", "whole")


def _doubt(match: re.Match[str], kind: DoubtKind, group: int | str = 0) -> Doubt:
    start, end = match.span(group)
    return Doubt(start=start, end=end, kind=kind)


def _squeezed(text: str) -> str:
    return "".join(text.split())
