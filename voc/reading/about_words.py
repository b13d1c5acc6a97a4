"""Korean words that tell whether a name is a place, and whose. Data; regular expressions."""

import re
from typing import Final


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


AFTER_PLACE: Final = (
    r"(?=$|[^가-힣]|에|의|은|는|이|가|을|를|도|로|으로|인데|이요|예요|입니다|인가|이고|이라|에서|쪽|역|사거리|삼거리|오거리|시장"
    r"|주민|초등|중학|고등|아파트|빌라|일대|근처|부근|골목|사는|살|하고|랑|요|만|까지|부터|앞|뒤|옆|입구|지하|주차|공원|구청|청)"
)
"""What may stand behind a place's name. `능동적`, `성수기`, `서울대병원` do not."""

OTHER_CITY: Final = re.compile(
    r"(?:부산|대구|인천|광주|대전|울산|수원|성남|고양|용인|부천|안산|안양|남양주|화성|평택|의정부|파주|김포|하남|구리|춘천|원주|청주"
    r"|천안|전주|군산|익산|포항|구미|경주|창원|김해|진주|제주|경기도?|강원도?|충청[남북]도|전라[남북]도|경상[남북]도)(?:특별|광역)?시?(?:에|의|에서|은|는)?\s*$"
)
"""Before a district's name: it is the district of another city (부산 강서구, 대구 중구)."""

LIVES: Final = re.compile(r"^(?:에서?|쪽에?)?\s*(?:살|사는|사시|거주|주민)")
"""Behind a place: somebody lives there. Where the matter is counts more."""

LIVES_WEIGHT: Final = 0.75

SHORT_AFTER: Final = r"(?=(?:에서?|쪽에?)?\s*(?:살|사는|거주|주민)|이에요|예요|인데|입니다|이요|\s?쪽|구요|구예요|요(?![가-힣]))"
"""A district without its 구 (마포) counts only before these: 강서, 동작 and 관악 are other things too."""

LIVES_AFTER: Final = r"(?=(?:에서?|쪽에?)?\s*(?:살|사는|거주|주민))"

VAGUE: Final = frozenset({"강남", "강북", "강동", "강서", "동작", "동대문", "서대문"})
"""Sides of the river, old gates whose name a larger quarter bears, movement: a district only where somebody lives."""

SAID_BACK: Final = re.compile(
    r"맞(?:으|나|죠|습|는)|(?:이)?(?:시죠|시지요|시군요|시네요|신가요|신가|십니까|세요|군요|네요|구나)|(?:인|은)가요|말씀|하셨"
    r"|구요|동이요|(?:^|\s)[가-힣0-9]+[구동](?:\s*네|$)"
)
"""The agent says back where the caller is. Without that, a district in the agent's words is an office."""

ASKS_WHICH: Final = re.compile(r"어느\s*(?:구|동|쪽)|어디")

NO_DISTRICTS: Final = _words(
    "하수구 배수구 비상구 출입구 개찰구 환기구 환풍구 통풍구 투입구 배출구 분출구 소화구 점검구 승강구 탈출구 초입구 공업구 사거리구 선거구 투표구 재개구 미관구",
    "관리구 상업구 주거구 지역구 자치구 우리구 우편구 대기구 국제구 동호구 연구 소도구 문방구 필기구 운동구 가재도구 장난감구 생필구 전기구 조명기구 대가구",
    "일인가구 다가구 신혼가구 소년가구",
)
"""Words of three and more syllables in -구 that are no district misheard."""
