"""Names of people, where the words around them say that a name is meant.

Conservative: an everyday word in a name's place stays. Without a context only what looks like a full name
(surname, and two syllables usual in given names) and stands for itself is taken.
"""

# ruff: noqa: SIM905  word lists are read more easily as words

import re
from collections.abc import Iterator
from typing import Final

from privacy.patterns import Span

_SURNAME: Final = (
    "(?:남궁|황보|제갈|선우|독고|사공|서문|"
    "[김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구민진나지엄채원천방공현함변염여추도소석설마길연위표명기반왕금옥육인맹모탁국])"
)
_FIRST: Final = "[가강건경광교국권귀규균근금기길나남노다단대덕도동두라래려로리린림마만명모무문미민범병보복봉빈상새서석선설성세소솔송수숙순슬승시신아안애양언연영예오옥완용우욱운웅원유윤율은의이익인일임자장재정제종주준중지진찬창채천철초춘충치태택하한해향헌혁현형혜호홍화환효훈휘희]"
_LAST: Final = "[건경광교구국권규균근금기길나남노덕동두라란래련록룡리린림만명모목무문미민배범별병복봉빈산서석선섭성세솔송수숙순슬승식신아안애양연열엽영옥온완용우욱운웅원월유윤율은을의이익인일임자재정제조종주준중지진찬창채천철춘태택하학한해향헌혁현형혜호홍화환회효훈휘흠희]"

ORDINARY: Final = frozenset(
    "장애인 민원인 이용자 지원자 신청자 임대인 임차인 고시원 지원금 유공자 서대문 동대문 남대문 서소문 신혼인 주인인 이주민 이재민 "
    "하나은 안전하 조금만 전자정 공무원 안내원 경비원 연구원 조합원 정규직 성동구 강동구 노원구 광진구 강남구 강서구 서초구 송파구 "
    "구로구 금천구 양천구 마포구 은평구 성북구 강북구 도봉구 중랑구 용산구 동작구 관악구 남양주 성남시 고양시 신정동 신길동 연희동 "
    "이문동 전농동 정릉동 하계동 상계동 명일동 길동인 천호동 문정동 방이동 오금동 장지동 우면동 원지동 양재동 도곡동 "
    "신용정 서명란 기초연 주민인 이상한 이후로 유의미 신문지 안경원 정기권 정신과 지하수 고사리 도서리 여권인 연금이 주차권 이용권 "
    "정원수 현수교 전동차 주소지 거주지 소재지 임시로 기준일 공휴일 신정일 정기일 주말인 오전인 원하신 하신분 우리은 신한은 하나로 "
    "한강진 신도림 강서로 양화진 노량진 청량리 왕십리 미아리 수유리 답십리 지금은 정말은 이제는 진짜인 마지막 서류인 주의의 "
    "서울인 여성인 남성인 학생인 어린이 어르신 전문인 외국인 한국인 중국인 고령자 이모님 사장님 기사님 이사님 차주인 세대주 예금주 명의인 "
    "신고인 대리인 보호자 위임자 유가족 한가족 기존에 전세인 월세인 문의인 이것은 그것은 저것은 오늘은 내일은 어제는 이미지 "
    "오세훈 유기견 길고양 성인인 노인인 정지선 소나무 은행나 가로수 공원인 배출인 수수료 하수구 배수구 소화전 전동기 자전거 정수기 "
    "주유소 원룸인 고지서 안내서 신청서 확인서 증명서 위임장 동의서 진단서 진정서 건의서 이의서 영수증 "
    "문의요 이동요 신호등 공영주 주정차 전용선 도로명 정류소 이정표".split()
)
"""Everyday words, places and public figures that look like a name of three syllables."""

_FULL: Final = rf"{_SURNAME}\s?{_FIRST}{_LAST}"
_ANY: Final = rf"{_SURNAME}\s?[가-힣]{{1,2}}"
_COPULA: Final = (
    r"(?:이라고|라고|입니다|이에요|예요|이예요|에요|이요|요|이고요?|고요|이구요|구요|인데요?|이라는|라는|이거든요|거든요|이고|이야|이죠"
    r"|이십니다|십니다|이세요|세요|님|씨)"
)
_HEAD: Final = r"(?<![가-힣\[])"
_STOP: Final = r"(?=[\s.,!?~…]|$)"

_AFTER_NAME_WORD: Final = re.compile(
    rf"{_HEAD}[가-힣]*(?:이름|성함|성명|존함)(?:은|이|는|가|:)?[\s,]+(?:[저제]는?\s|네\s|예\s|어\s|음\s)?"
    rf"(?:(?P<a>{_ANY}){_COPULA}|(?P<b>{_FULL}){_STOP})"
)
_CALLED: Final = re.compile(
    rf"{_HEAD}(?:(?:저는|제가|나는|전|본인은)[\s,]+(?P<a>{_ANY})|(?P<b>{_FULL}))(?:이라고|라고)\s?(?:합니|해요|하는|하거|하고|불러|부르|말씀|전해)"
)
_I_AM: Final = re.compile(
    rf"{_HEAD}(?:저는|제가|나는|상담사|상담원|담당자|담당|매니저|주무관|여보세요|신청인|신청자|대표자|예금주|세대주)[\s,]+(?P<b>{_FULL})"
    rf"(?:{_COPULA}|{_STOP})"
)
_ADDRESSED: Final = re.compile(
    rf"{_HEAD}(?P<b>{_SURNAME}{_FIRST}{_LAST})\s?(?:씨|님|고객님|선생님|어르신|민원인님){_STOP}"
)
_SELF: Final = re.compile(
    rf"\s*(?:(?:네|예|어|음|아|여보세요)[\s,.]+)*(?P<b>{_SURNAME}\s?{_FIRST}{_LAST})(?:이요|요|입니다|이에요|예요|이라고요|라고요)?[.!,\s]*"
)


def name_spans(text: str) -> Iterator[Span]:
    """Names in `text`; may overlap."""
    for pattern in (_AFTER_NAME_WORD, _CALLED, _I_AM, _ADDRESSED):
        for match in pattern.finditer(text):
            yield from _unless_ordinary(match)
    alone = _SELF.fullmatch(text)
    if alone is not None:
        yield from _unless_ordinary(alone)


def _unless_ordinary(match: re.Match[str]) -> Iterator[Span]:
    for group, found in match.groupdict().items():
        if found is not None and found.replace(" ", "") not in ORDINARY:
            yield Span(*match.span(group), "name")
