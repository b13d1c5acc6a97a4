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
_FIRST: Final = "[가강건경광교국권귀규균근금기길나남노다단대덕도동두라래려로리린림마막만명모무문미민범병보복봉빈상새서석선설성세소솔송수숙순슬승시신아안애양언연영예오옥완용우욱운웅원유윤율은의이익인일임자장재정제종주준중지진찬창채천철초춘충치태택하한해향헌혁현형혜호홍화환효훈휘희]"
_LAST: Final = "[건경광교구국권규균근금기길나남노늘덕동라란래련례록룡리린림명모무문미민배범별병복봉빈산서석선섭성세솔송수숙순슬승식신아안애양연열엽영옥온완용우욱운웅원월유윤율은이익인일임자재정조종주준중지진찬창채천철춘태택학향헌혁현형혜호홍화환효훈휘흠희늬]"
"""Second syllables of given names; those that mostly are particles or verb endings (을 의 만 한 해 하) are left out."""

ORDINARY: Final = frozenset(
    "공무원 장애인 유치원 지하철 소규모 조현병 위원회 노동자 문화재 고소인 원장은 소유권 소유자 공유자 고양이 지원금 소재지 배우자 이용자 "
    "방송국 방송인 서대문 동대문 남대문 서소문 임대인 임차인 이미지 전세권 강아지 진단서 주치의 지하수 주소지 거주지 공제회 민주화 소유주 "
    "설명회 정수기 소화기 고시원 주택용 도시형 명의자 고정식 이동식 채권자 채무자 정치인 진정서 고지서 주민인 연예인 도우미 전시회 전문성 "
    "공정성 국정원 지도자 인솔자 원주민 지정자 표창원 기준일 기안문 지원자 소나무 추천서 노인정 유무선 유리병 정화조 공문서 안정성 연수원 "
    "백지화 배려석 지원서 강연자 소지자 소지용 유아용 고효율 주제별 유형별 연도별 도로별 국가별 이자율 양성화 성수기 연기금 정보화 신문지 "
    "주민세 유원지 국유지 현충일 기자재 동아리 구의원 시의원 도서관 공동구 이용권 주차권 정기권 임원진 나대지 민원인 신청인 신청자 신고인 "
    "신고자 대리인 보호자 위임자 수급자 구직자 임산부 유공자 이주민 이재민 외국인 한국인 중국인 유가족 한가족 어르신 어린이 세대주 예금주 "
    "차주인 명의인 전세인 문의인 경비원 안내원 연구원 조합원 상담원 상담사 주무관 안경원 정신과 전동기 자전거 주유소 신호등 도로명 정류소 "
    "이정표 영수증 동의서 안내서 신청서 증명서 위임장 하수구 배수구 소화전 문재인 박원순 오세훈 이순신 장자연 노숙인 유학생 원어민 고령자 "
    "성인인 노인인 이방인 여권인 지금은 조금은 지금이 여기서 하지만 최소한 최대한 차라리 오로지 한가지 이래서 도무지 유일한 하나인 한번은 "
    "마무리 조금만 이용은 민원은 민원이 국민은 국민이 주민이 주민은 여권은 여권이 이것은 문제인 문제는 전기는 지난번 이번은 하나은 우리은 "
    "신한은 이상은 이상인 이하인 기준은 기준이 원인이 기간은 기한은 한명인 모임인 인원은 하나로 구경이 전화기 전화나 정도인 정도나 문자나 "
    "주말인 오전인 한정인 여성인 남성인 학생인 여자인 남자인 지인이 한강진 신도림 양화진 노량진 청량리 왕십리 미아리 수유리 답십리 이태원 "
    "성수동 천호동 서초동 방이동 신림동 신길동 신정동 신천동 이문동 전농동 정릉동 명일동 문정동 오금동 장지동 우면동 원지동 양재동 도곡동 "
    "하계동 상계동 연희동 구로동 도봉동 도봉산 마장동 마천동 방화동 한남동 홍은동 홍제동 홍제천 서림동 강남동 성북동 안암동 여의동 정동진 "
    "강남구 강동구 강북구 강서구 광진구 구로구 금천구 노원구 도봉구 동작구 마포구 서초구 성동구 성북구 송파구 양천구 용산구 은평구 중랑구 "
    "서대구 진해구 남양주 성남시 고양시 강원도 경기도 전라도 제주도 충청도 한시간 천만원 백만원 오천만 오천원 이천원 구천원 방문은 전입신 "
    "인감은 인감이 서명이 서명은 주차는 정문은 공원은 공원이 병원은 공사는 소음이 소음은 현수막 하천이 가로등 전봇대 고속도 전세금 임금은 "
    "문자인 공문은 신분증 현금은 현금이 전용선 신용은 이동형 우선은 우선이 정확한 이민자 유선은 정원은 정원이 신원이 명단은 한동안 나중은 "
    "위해서 인해서 통해서 한해서 심해서 정해서 원해서 구해서 소시민 민주주 노하우 장애우 장애아 연장선 국경선 기준선 반지하 이유서 성명서 "
    "명세서 허가서 기준서 설문서 인정서 서명서 최우선 전국민 도시민 하소연 조수석 지옥철 금지선 남자아 여자아 기형아 현미경 한국민 "
    "정지선 이하란 정해진 추진경 나서서 모아서 남아서 신혼부 백운동 공덕동 이용료 국경일 설명서 고성능 도시락".split()
)
"""Everyday words, places and public figures that look like a name of three syllables."""

_FULL: Final = rf"{_SURNAME}{_FIRST}{_LAST}"
_ANY: Final = rf"{_SURNAME}[가-힣]{{1,2}}?"
_CLEAR_LAST: Final = "[철석훈준호민빈영희숙순옥현진혁섭규범윤아연린서우환욱태웅찬택열솔늬경선례란미주]"
"""Last syllables of names that hardly end other words; counted on public petitions and guides."""
_COPULA: Final = (
    r"(?:이라고|라고|입니다|이에요|예요|이예요|에요|이요|요|이고요?|고요|이구요|구요|인데요?|이라는|라는|이었습니다|였습니다|이었는데요|였는데요|이거든요|거든요|이고|이야|이죠"
    r"|이십니다|십니다|이세요|세요|님|씨)"
)
_DIGITS: Final = frozenset("공영일이삼사오육륙칠팔구 ")
_HEAD: Final = r"(?<![가-힣\[])"
_STOP: Final = r"(?=[\s.,!?~…]|$)"

_SURE_COPULA: Final = r"(?:이라고|라고|입니다|이에요|예요|이예요|이요|인데요|이고요|이구요|이라는|이었습니다|였습니다|이십니다|이세요)"
"""Without what may be the ending of a verb: `길어요` is no name."""
_AFTER_NAME_WORD: Final = re.compile(
    rf"{_HEAD}[가-힣]*(?:이름|성함|성명|존함)(?:은|이|는|가|은요|이요|:)?\??[\s,]+(?:[저제]는?\s|네\s|예\s|어\s|음\s)?"
    rf"(?:(?P<a>{_ANY}){_SURE_COPULA}|(?P<b>{_SURNAME}\s?{_FIRST}{_LAST})(?:{_COPULA}|{_STOP}))"
)
_CALLED: Final = re.compile(
    rf"{_HEAD}(?:(?:저는|제가|나는|전|본인은)[\s,]+(?P<a>{_ANY})|(?P<b>{_FULL}))(?:(?:이라고|라고)\s?(?:합니|해요|하는|하거|하고|불러|부르|말씀|전해)|(?<![인장자이])(?:이라는|라는)\s(?:사람|분|고객|시민|주민|학생))"
)
_I_AM: Final = re.compile(
    rf"{_HEAD}(?:(?:저는|제가|나는|여보세요)[\s,]+(?P<a>{_FULL}){_COPULA}"
    rf"|(?:상담사|상담원|담당자|담당|매니저|주무관|신청인|신청자|대표자|예금주|세대주|계약자|수신인|수취인|본인|보호자|대리인|소유자|명의자)"
    rf"(?:는|은|가|이)?[\s,]+(?P<b>{_FULL})(?:{_COPULA}|로|{_STOP}))"
)
_ADDRESSED: Final = re.compile(
    rf"{_HEAD}(?P<b>{_SURNAME}{_FIRST}{_LAST})\s?(?:씨|님|고객님|선생님|어르신|민원인님|주무관님?|팀장님|과장님|상담사님|상담원님)(?:께서|께|가|이|은|는|도|의|한테|에게|를|을|하고|과|와)?{_STOP}"
)
_CLEARLY: Final = re.compile(
    rf"{_HEAD}(?P<b>{_SURNAME}{_FIRST}{_CLEAR_LAST})(?:{_SURE_COPULA}|고요|요){_STOP}"
)
_SELF: Final = re.compile(
    rf"\s*(?:(?:네|예|어|음|아|여보세요)[\s,.]+)*(?P<b>{_SURNAME}\s?{_FIRST}{_LAST}){_COPULA}?[.!,\s]*"
)


_PATTERNS: Final = (
    (("이름", "성함", "성명", "존함"), _AFTER_NAME_WORD),
    (("라고", "라는"), _CALLED),
    (("",), _I_AM),
    (("씨", "님", "어르신", "주무관"), _ADDRESSED),
    (("",), _CLEARLY),
)
"""Each with words of which one stands in whatever it finds: most texts have none of them."""


def name_spans(text: str) -> Iterator[Span]:
    """Names in `text`; may overlap."""
    for words, pattern in _PATTERNS:
        if any(word in text for word in words):
            for match in pattern.finditer(text):
                yield from _unless_ordinary(match)
    alone = _SELF.fullmatch(text)
    if alone is not None and not alone["b"].endswith(("동", "구")):
        yield from _unless_ordinary(alone)


def _unless_ordinary(match: re.Match[str]) -> Iterator[Span]:
    for group, found in match.groupdict().items():
        if found is None or set(found) <= _DIGITS:
            continue
        if found.replace(" ", "") not in ORDINARY:
            yield Span(*match.span(group), "name")
