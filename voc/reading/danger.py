"""What the public-safety lane listens for: a danger that is there now, in a citizen's own words. Pure.

Words alone do not do: fire insurance, gas bills, drills, last year's flood and next week's water cut are said far
more often. A sentence counts where it tells of the event, and not of its past, its future, or what it would be if.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from contracts.voc import Danger

_CACHED_TURNS: Final = 8192
"""Turns that were read lately: a contact is read anew whenever something is added to it."""

_SO: Final = r"(?:(?:막|지금|갑자기|계속|너무|엄청|많이|아주|다|전부|전혀|아예|하나도|한\s*방울도|점점|크게|푹|심하게|되게|또)\s*)*"
"""What may stand between a thing and what it does."""

_BUILT: Final = r"(?:건물|담장|담|담벼락|벽|외벽|축대|옹벽|지붕|천장|다리|교량|비계|크레인|난간|공사장|간판|절개지|산비탈|토사|집|옥상|석축)"

_EVENTS: Final[dict[Danger, re.Pattern[str]]] = {
    "gas": re.compile(
        r"(?<!배기)가스\s*(?:같은\s*|비슷한\s*|새는\s*|누출\s*)?(?:거\s*)?(?:타는\s*)?냄새"
        rf"|(?<!배기)가스(?:가|도)?\s*{_SO}(?:새(?:고|는|요|서|어)|샙니다|샌다|새나|누출|유출|폭발)"
    ),
    "fire": re.compile(
        rf"(?<![가-힣])(?:산|큰)?불(?:이|도)?\s*{_SO}(?:났|나(?:고|서|요|는|네|려고)|난(?:\s|다|거)|붙었|붙어|번지|번져|타오르|타고|올라)"
        rf"|불길(?=이|을|도|\s)|불꽃이\s*{_SO}(?:튀|보|솟)|화염(?:이|에\s*휩)"
        rf"|(?<!담배)(?<!담배\s)연기(?:가|도)?\s*{_SO}(?:나(?:요|고|서|는|네|와|옵)|납니다|올라|솟|피어|자욱|들어|보여|보이)"
        rf"|화재(?:가|도)?\s*{_SO}(?:발생(?:했|하였|한|됐|되어|이에요|입니다|중)|났|나(?:서|고))|화재예요|화재입니다"
        rf"|펑\s*(?:하는|하고|하더니|소리|터)|폭발(?:했|음|하는|한\s*거|소리)"
        rf"|(?:집|산|차|건물|공장|창고|가게|상가)(?:이|가|에)?\s*{_SO}(?:활활\s*)?(?:타고\s*있|불타)"
    ),
    "flood": re.compile(
        rf"침수(?:가|도)?\s*{_SO}(?:되(?:고|어|는)|됐|돼|중|당하고|이에요|입니다|예요)"
        rf"|물에\s*{_SO}잠(?:겼|기고|겨|긴|깁)|물바다"
        rf"|(?<![가-힣])(?:빗|흙탕|강|하수)?물(?:이|도)\s*{_SO}(?:차오|차고|찼|차\s*있|불어나|역류|넘쳐\s*(?:들|나|흘)|밀려|허리까지|무릎까지)"
        rf"|(?<![가-힣])(?:빗|흙탕|강|하수)?물(?:이|도)\s*{_SO}(?:안\s*빠지고\s*)?(?:가게|집|방|지하|상가|주차장|안)(?:로|으로)\s*{_SO}(?:들어|쏟아|흘러|넘)"
        rf"|(?:집|방|가게|지하|반지하|상가|주차장)(?:로|으로|에)\s*{_SO}물이\s*{_SO}(?:들어|쏟아|차|넘)"
        rf"|안\s*빠지고\s*(?:가게|집|방|지하|상가|주차장)(?:로|으로)\s*{_SO}들어"
        rf"|역류(?:해|하고|합|했|하는|돼|되고)|범람|(?:하천|개천|강|천)이\s*{_SO}넘(?:쳐|치|쳤)"
    ),
    "crowd": re.compile(
        r"압사(?:\s*(?:사고|직전)|할|당할|될|하겠)|(?:사람|밑)(?:이|에|들이)?\s*깔(?:려|릴|렸)"
        r"|(?:사람|인파|관객|관람객|승객|군중)(?:들)?(?:이|가|은)?[^.?!]{0,16}?(?:많|몰려|몰리|몰렸|꽉|가득|빽빽|밀집)[^.?!]{0,24}?"
        r"(?:밀려|밀리|밀치|못\s*움직|움직이지|움직일\s*수|옴짝|위험|숨|넘어|사고|통제|다칠|갇)"
    ),
    "outage": re.compile(
        rf"정전(?:이|도)?\s*{_SO}(?:됐|되었|되고|돼|난|났|나서|입니다|이에요|예요|이요|인데|이네|인가|이야|상태|중)"
        rf"|전기(?:가|도)?\s*{_SO}(?:나갔|나가\s|나간|끊겼|끊어|끊기|안\s*들어|안\s*나|안\s*켜)"
        rf"|단수(?:가|도)?\s*{_SO}(?:됐|되었|되고|돼\s*(?:서|있|가)|중|이에요|입니다|예요|인가|인데|인\s*것|상태)"
        rf"|(?<![가-힣])(?:수도|수돗물|물)(?:이|가|도|은)?\s*(?:아침부터|새벽부터|어제부터|밤부터|아까부터)?\s*{_SO}"
        rf"(?:안\s*나[오와]|안\s*나옵|끊(?:겼|어|겨|긴|기)|나오(?:지|질|지를)\s*않|한\s*방울도)"
        rf"|(?:인터넷|통신|휴대폰|핸드폰)(?:이|가)?\s*(?:다|전부|동네|일대|갑자기)[^.?!]{{0,8}}(?:끊|먹통|안\s*터|안\s*돼|안\s*되)|통신\s*장애"
    ),
    "collapse": re.compile(
        rf"싱크홀|땅\s*꺼짐|지반\s*침하|무너져\s*내리?|붕괴(?:됐|했|되고|돼|하고|한\s*거|중|직전|될\s*것\s*같|할\s*것\s*같)"
        rf"|(?:땅|도로|길|바닥|인도|차도|지반)(?:이|가|에|도)?\s*{_SO}(?:꺼졌|꺼져|꺼진|꺼지|내려앉|함몰|갈라졌|갈라져)"
        rf"|{_BUILT}(?:이|가|도|에서)?\s*{_SO}(?:무너(?:졌|지|져|질)|붕괴(?:됐|되|돼|했|하|직전|위험)|기울|내려앉|쓰러졌|넘어졌|쓰러질|넘어질|쏟아)"
    ),
}

_PRIORITY: Final[tuple[Danger, ...]] = ("fire", "gas", "collapse", "flood", "crowd", "outage")

_NOT_SUCH: Final[dict[Danger, re.Pattern[str]]] = {
    "gas": re.compile(r"요금|고지서|검침|레인지|보험|회사|자격|충전"),
    "fire": re.compile(r"열불|담배|고깃집|바비큐|숯불|캠핑|빨간불|파란불|불꽃놀이|공연"),
    "flood": re.compile(r"변기|세탁기|싱크대|욕조|정수기|침수차|보일러|윗집|위층|천장"),
    "crowd": re.compile(r"버스|자리"),
    "outage": re.compile(
        r"온수|따뜻한|뜨거운|더운|변기|정수기|분수|약수|샤워기|찬물만|얼(?:어|었)|동파|미납|체납|못\s*냈|안\s*냈|요금|[계개]량기"
    ),
    "collapse": re.compile(
        r"생활이|경제|시장|제도|교육|질서|체제|마음|가슴|억장|가정|나라가|신뢰|일상|삶이|하늘이|나무|자전거|킥보드|오토바이"
    ),
}
"""In the same sentence: another thing that is said with the same words."""

_PAST: Final = re.compile(
    r"작년|재작년|지난\s*(?:달|해|주|여름|겨울|번|봄|가을|장마)(?!\S*부터)|예전|옛날|(?:년|달|주|주일)\s*전|어제(?!부터)|그제|엊그제"
    r"|며칠\s*전(?!부터)|저번|(?:났|됐|졌|었|겼)던|(?:불|다)\s*(?:이\s*)?꺼졌(?:어요|습니다|다)?|복구됐|\d월\s*\d+일|\d{4}년|다시\s*나와"
)
_NOT_YET: Final = re.compile(
    r"내일|모레|다음\s*(?:주|달|번)|이번\s*주말|예정|안내문|공지|한다고|한다는|된다는|된다고|됩니까|훈련|연습|교육|대비|예방|방지|까\s*봐"
    r"|까\s*걱정|(?:나|되|하|기|지|새|지거나)면\s|수도\s*있|발생\s*시|발생하면|(?:났|됐|졌)을\s*때|경우|혹시\s*(?:모르|라도)|점검\s*(?:신청|받)|설치|지원금|보상|보험|피해\s*(?:신고|지원|접수|확인)"
)
_ELSEWHERE: Final = re.compile(r"뉴스|드라마|영화|기사(?:를\s*보|에서|에\s)|텔레비전|티비|유튜브|책에서")
_NEGATED: Final = re.compile(
    r"^[가-힣]{0,3}\s*(?:(?:은|는|도|가|이)\s*)?(?:전혀\s*)?(?:안\s*(?:나|났|새|돼|됐)|아니(?!에요\?|야\?)|아닌|없|않|지\s*않)"
)
_RHETORICAL: Final = re.compile(r"^[가-힣\s]{0,4}거\s*아니")
"""불난 거 아니에요: a guess, not a denial."""
_SENTENCES: Final = re.compile(r"[.?!\n]+\s*|(?<=[가-힣]요)\s+|(?<=니다)\s+|(?<=니까)\s+|(?<=거든)\s+")


def danger_in(turns: Iterable[str]) -> Danger | None:
    """The danger that a citizen tells of as happening now; of several the one told most, then the gravest.

    Args:
        turns: what the citizen said, turn by turn.
    """
    told: dict[Danger, int] = {}
    for turn in turns:
        for danger in dangers_of(turn):
            told[danger] = told.get(danger, 0) + 1
    return max(told, key=lambda danger: (told[danger], -_PRIORITY.index(danger)), default=None)


@lru_cache(_CACHED_TURNS)
def dangers_of(turn: str) -> tuple[Danger, ...]:
    """The dangers that one turn tells of, each once a sentence."""
    found: list[Danger] = []
    for sentence in _SENTENCES.split(turn):
        if not sentence or _PAST.search(sentence) or _NOT_YET.search(sentence) or _ELSEWHERE.search(sentence):
            continue
        found += [danger for danger in _PRIORITY if _tells(sentence, danger)]
    return tuple(found)


def _tells(sentence: str, danger: Danger) -> bool:
    if _NOT_SUCH[danger].search(sentence):
        return False
    for match in _EVENTS[danger].finditer(sentence):
        rest = sentence[match.end() :]
        if _RHETORICAL.search(rest) or not _NEGATED.search(rest):
            return True
    return False
