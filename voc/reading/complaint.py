"""불만 표현: the words with which somebody complains, as they were said. Pure.

Nothing is guessed of how somebody feels: what is found are words that anybody can read again. Where they are
denied (화난 건 아니고요, 불만 없어요) they do not count.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

MAX_WORDS: Final = 6
_CACHED_TURNS: Final = 8192
"""Turns that were read lately: a contact is read anew whenever something is added to it."""

_FEELING: Final = re.compile(
    r"화(?:가|도)?\s*(?:너무\s*|정말\s*|엄청\s*)?(?:나(?:요|서|고|네|죠|는)|났|난(?:다|\s)|납니다)|열\s?불|열\s?받|짜증|약\s?올|분통|불쾌"
    r"|(?<!가슴이\s)(?<!가슴\s)(?<!숨이\s)답답(?:해|하|합|한)|속상|억울|속\s?터|실망|불만(?!족)|기분\s*(?:이\s*)?(?:나쁘|나빠|상하|상했)|서운"
    r"|지긋지긋|진절머리|미치겠|미쳐\s*버리|환장|돌아\s*버리|(?:답답해|힘들어|짜증\s*나|속상해|괴로워|못\s*참아)\s*죽겠"
)
"""What one says of oneself: 'not that I am …' denies it."""

_REPROACH: Final = re.compile(
    r"어이(?:가)?\s*없|어처구니|황당|(?<![가-힣])기가\s*막|기막|한심|너무(?:하|한\s*거|합니다|하네|해요(?=$|[\s.?!]))|무책임|무성의|성의\s*(?:가\s*)?없|나\s?몰라라"
    r"|말이\s*(?:됩니까|돼요|되나|되냐|되는\s*소리|안\s*(?:되|돼))|말도\s*안\s*(?:되|돼)|이게\s*뭡니까|이게\s*뭐(?:예요|야|하는)|뭐\s?하(?:는\s*(?:거|겁|데|곳|건)|고\s*있는)"
    r"|장난(?:하|치|합)|못\s*(?:살겠|참겠|견디겠|믿겠)|참다\s?참다|도대체|대체\s*(?:왜|언제|뭐|몇)|이따위|그따위|개판|엉망|거지\s?같|최악|뻔뻔"
    r"|불친절|반말|(?<!신호를\s)(?<!신호\s)무시(?:하(?:고|네|는|더)|했|당|해요)|소리를\s*(?:지르|질러|질렀)|욕(?:을\s*하|설)|막말|따지|따져|항의|사과\s*(?:하|받|를)"
    r"|몇\s*번(?:째|을\s*(?:전화|말|신고|얘기))|허구한\s*날|걸핏하면|왜\s*(?:이렇게|이리)\s*(?:안|오래|늦|느|불|복잡|어렵)"
    r"|(?:일을\s*)?하는\s*거예요\s*마는|돌리(?:고|기만|네)(?=$|[\s.?!])|떠넘기|세금\s*(?:받|내|아깝|낭비|축)|받지(?:를|도)?\s*않(?:아|네|고)|책임자|이해가\s*안\s*(?:가|되|돼)|괴롭(?:히|힘)|견딜\s*수가?\s*없"
)
"""What one says of others: 'isn't that …?' only makes it stronger."""

_DENIED: Final = re.compile(
    r"^[가-힣]{0,3}\s*(?:(?:은|는|이|도|가)\s*)?(?:없|않|안\s|아니|아닌)|^[^.?!]{0,14}?(?:거|건|게|것은?|뜻은?|정도는)\s*아니"
)
_DENIED_REPROACH: Final = re.compile(
    r"^[가-힣]{0,3}\s*(?:없었|않|안\s*(?:하|했)|아니(?:고|었|라))|^[^.?!]{0,8}?(?:건|뜻은|것은)\s*아니"
)


def complaints_in(turns: Iterable[str]) -> tuple[str, ...]:
    """The words of complaint of a citizen's turns, in order, each once, `MAX_WORDS` at most."""
    found: dict[str, None] = {}
    for turn in turns:
        for words in complaint_words(turn):
            found.setdefault(words)
    return tuple(found)[:MAX_WORDS]


@lru_cache(_CACHED_TURNS)
def complaint_words(turn: str) -> tuple[str, ...]:
    """Those of one turn, as they were said."""
    found = [
        (match.start(), match.group().strip())
        for pattern, denied in ((_FEELING, _DENIED), (_REPROACH, _DENIED_REPROACH))
        for match in pattern.finditer(turn)
        if not denied.search(turn[match.end() :])
    ]
    return tuple(words for _, words in sorted(found))
