"""Rude words, for the agent's view only: marked, never hidden, never changed. Pure.

Found also where they are written apart or in letters (`시1발`, `ㅅㅣㅂㅏㄹ`, `ㅅㅂ`); not in harmless words that hold the
same syllables (시발점, 일시 발급, 새끼손가락, 질병 신고).
"""

import re
from collections.abc import Iterable
from typing import Final

from chat_gateway.hangul import meant
from chat_gateway.rules import Spans

MAX_SPANS: Final = 50

_GAP: Final = r"[\W\d_]{0,3}"
"""Between the syllables of one word, to get past a filter."""
_BARE: Final = r"(?<![가-힣])"
_END: Final = r"(?![가-힣])"
_CALLED: Final = r"(?:아{1,3}|야|진짜|이런|하|와|에이|이|저|그|존나|개)"

_PATTERNS: Final = (
    # 씨발 and its kin; `김철수 씨 발`, `3시 발`, `일시 발급` are others.
    r"씨(?:발(?!아(?:율|시|가|를|하|는))|팔(?!아)|빨|벌(?!집))",
    rf"{_BARE}(?:개|아|야)?시(?:발(?![점역차음행급송생견표권매효달령]|택시|자동차|지[로는가]|[하한된되]|선|탄)|팔(?!이)|빨)",
    rf"{_BARE}(?:아|야)?쉬(?:발|팔)|{_BARE}슈발|{_BARE}씹(?:새|년|놈|할|창)",
    rf"(?:^|[!?.,~]\s*|{_BARE}{_CALLED}\s+)[시씨쉬]{_GAP}[발팔빨](?![가-힣]{{2}})(?!{_GAP}(?:이|을|에|이라|냄새|다쳐))",
    rf"[시씨쉬][0-9*~.^_\-!@#]{{1,3}}[발팔빨벌]{_END}",
    r"(?<![ㄱ-ㅣ])(?:ㅅㅂ|ㅆㅂ|ㅅ1ㅂ|ㅂㅅ|ㅄ|ㅈㄹ|ㅈㄴ|ㄲㅈ|ㅁㅊ|ㅗㅗ+)(?:놈|년|새끼|아)?(?![ㅂ-ㅊㅏ-ㅣ])",
    # 병신; 간병 신청, 질병신고, 병신년(丙申年) are others.
    rf"{_BARE}(?:이|개|저)?병{_GAP}신(?!청|고|년(?:[도에생은이 ]|$)|경|규|입|환|축|설)",
    rf"{_BARE}(?:븅|빙|뷰웅|벼엉){_GAP}신(?!청|고|경)",
    # 새끼; young animals and little fingers are others.
    rf"(?:개|씹|씨발|시발|미친|썅|호로|좆같은|놈의|쌍){_GAP}[새쉐세섀]끼(?!\s*(?:를\s*(?:낳|분양|입양)|\s*(?:강아지|고양이)))",
    rf"{_BARE}(?:이|저|그|야)\s?[새쉐]끼(?!\s*(?:고양이|강아지|새|손|발|줄|돼지|곰|손가락|오리|동물|를|때))",
    rf"{_BARE}[새쉐]끼(?:들아|야{_END}|가\s*(?:어디|뭐|왜|감히))",
    rf"좆(?!병)|{_BARE}족{_GAP}같(?:은|네|아){_END}|{_BARE}[존졸]라\s?(?:짜증|싫|열|빡|못|안|느|비싸|많|개)|{_BARE}[존죤]나(?!요)",
    rf"{_BARE}(?:개|생)?지{_GAP}랄(?!탄)|{_BARE}염병(?!원|예)",
    rf"{_BARE}미친{_GAP}(?:놈|년|새|것들)|{_BARE}(?:썅|쌍)(?:놈|년|{_END})|{_BARE}개(?:놈|년|돼지|자식|수작|소리하|소리\s?[하말])",
    rf"{_BARE}(?:도둑|나쁜|망할|빌어먹을|죽일)\s?(?:놈|년)(?:들)?(?:아|이|의|들|{_END})",
    rf"{_BARE}닥쳐{_END}|{_BARE}닥치[고라]|^\s*꺼져(?:라|버려)?[\s!.~]*$|{_BARE}엿\s?(?:먹어|이나)",
    rf"느금마|니(?:애미|에미|미럴|기미)|{_BARE}(?:네|니)\s?(?:애미|에미|애비){_END}|{_BARE}창[녀년]{_END}|빡대가리|돌대가리|{_BARE}등신(?!대|불)",
    rf"{_BARE}(?:18|십팔)\s?(?:놈|새끼|년(?:아|들|놈))|{_BARE}죽여\s?버[리린릴]",
    r"\b(?:mother)?f+u+c*k+(?:ing|er|ers|ed|s)?\b|\bf[*#]+[ck]*k?\b|\b(?:bull)?shit(?:ty|s)?\b|\bbitch(?:es)?\b|\bass+holes?\b|\bbastards?\b",
    r"\btlqkf|\bqudtls|\brotorl",
    r"操你|他妈的|傻逼|王八蛋|くそ野郎|死ね|\bđ[ụị]t m[ẹe]|\bđ[mM]\b|\bпизда|\bблять|\bсука\b",
)

_GATE: Final = re.compile(
    r"[씨시쉬][\W\d_]{0,3}[발팔빨벌]|슈발|씹|[ㅅㅆㅂㅈㄲㅁㅗㅄ]|[병븅빙웅엉][\W\d_]{0,3}신|[새쉐세섀]끼|좆|족[\W\d_]{0,3}같|[존졸죤][라나]"
    r"|지[\W\d_]{0,3}랄|염병|미친|[썅쌍]|[놈년]|개(?:돼지|자식|수작|소리)|닥[쳐치]|꺼져|엿|느금|니[애에미기 ]|네 ?[애에]|창녀|대가리|등신|죽여"
    r"|f+u|f[*#]|shit|bitch|ass+h|bastard|tlqkf|qudtls|rotorl|[操他傻王くそ死đпбс]"
)
"""What every pattern needs: most messages hold nothing of it."""


class Profanity:
    """Callable: text → start and end in code points, in order, apart from each other."""

    def __init__(self, also: Iterable[str] = (), excepted: Iterable[str] = ()) -> None:
        """Args: also: a site's own words; excepted: words that are none."""
        also = [word for word in also if word.strip()]
        self._also = bool(also)
        self._rude = re.compile("|".join((*_PATTERNS, *map(_apart, also))))
        none = [re.escape(meant(word).text) for word in excepted if word.strip()]
        self._except = re.compile("|".join(none)) if none else None

    def __call__(self, text: str) -> Spans:
        whole = meant(text)
        if not self._also and not _GATE.search(whole.text):
            return ()
        spans = [hit.span() for hit in self._rude.finditer(whole.text) if hit.group().strip()]
        if not spans:
            return ()
        none = [hit.span() for hit in self._except.finditer(whole.text)] if self._except else []
        kept = (
            whole.written(_trimmed(whole.text, span))
            for span in spans
            if not any(begin < span[1] and span[0] < end for begin, end in none)
        )
        return tuple(kept)[:MAX_SPANS]


def _apart(word: str) -> str:
    return _GAP.join(re.escape(character) for character in meant(word.strip()).text)


def _trimmed(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """Without the spaces and marks at its ends."""
    begin, end = span
    while begin < end - 1 and not text[begin].isalnum():
        begin += 1
    while end - 1 > begin and not text[end - 1].isalnum() and text[end - 1] != "*":
        end -= 1
    return begin, end
