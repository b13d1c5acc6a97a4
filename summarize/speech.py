"""What a sentence of a call does: ask, want, tell, promise, greet. Cues are endings and set phrases, no model.

Korean puts what a sentence does at its end (`-나요`, `-시면 됩니다`, `-드리겠습니다`), so a few endings go a long way.
"""

# ruff: noqa: SIM905  word lists are read more easily as words

import re
from typing import Final

_SENTENCE: Final = re.compile(r"[^.?!…]+[.?!…]*\s*|[.?!…]+\s*")

_LEADING: Final = re.compile(
    r"(?:(?:네네?|예예?|아+|어+|음+|으음|에|저기요?|저|그|뭐|자|아니|여보세요|안녕하세요|안녕하십니까|수고하십니다|고객님|그게|그니까|그러니까|저기 그|아이고)[,.…\s]+)+"
)
"""Interjections at the head of a sentence; taken off where something is left."""

_GREETING: Final = re.compile(
    r"안녕|감사(?:합니다|드립니다|해요)|고맙습니다|고마워요|수고하|좋은 하루|즐거운|들어가세요|무엇을 도와|뭘 도와|어떻게 도와|콜센터입니다"
    r"|다산콜|상담사\s?\S*입니다|여보세요|고생이 많|끊겠습니다|바랍니다|말씀하세요|말씀해 주세요|반갑습니다|또 궁금한|더 궁금한|더 필요한"
)
_BACKCHANNEL: Final = re.compile(
    r"(?:네|예|아|어|음|그래요?|그렇군요|그렇구나|맞아요|맞습니다|아니요|아니에요|아닙니다|알겠습니다|알겠어요|알았어요|좋아요|확인했습니다|괜찮아요"
    r"|그렇습니다|그러세요|그럴게요|그렇게|해 주세요|할게요|잘 적었습니다|다행이네요|됐어요|되셨습니다|잠깐만요|잠시만요|찾았어요|고객님|[,.?!…\s])+"
)
_IDENTITY: Final = re.compile(
    r"\[(?:전화번호|주민등록번호|카드번호|계좌번호|이메일|이름|상세주소|차량번호)\]|성함|생년월일|본인 확인|연락처|휴대\s?전화\s?번호"
)
_EMPATHY: Final = re.compile(
    r"(?:놀라|당황|힘드|불편|속상|답답|걱정)\S*\s?(?:하?셨겠|시겠|되시겠|하시겠)|다행입니다|죄송|많이 참으|말씀 감사|그러셨군요|위험할 수"
)
_HOLDING: Final = re.compile(r"기다려|잠시만|확인해 (?:보|드리)겠|확인하고 있|찾아보겠|조회해 보겠|살펴보겠")
_ECHO: Final = re.compile(r"(?:라고요|다고요|이요|이고요|구요|맞죠|맞나요|그렇죠|거죠)\?$")

_SMALL_TALK: Final = re.compile(
    r"날씨|비가 (?:정말 |많이 )*(?:오|와)|눈이 (?:정말 |많이 )*(?:오|와)|춥|덥네|더우|추우|식사|밥은|목소리|늦은 시간|늦게까지|우산|감기"
)

_QUESTION: Final = re.compile(
    r"(?:나요|까요|가요|는지요?|은지요?|습니까|ㅂ니까|니까|래요|을까|까|되나|하나|있나|었나|였나|뭐죠|뭐예요|뭐에요|거예요|는요|얼마예요|어때요)[?.!…\s]*$"
    r"|(?:어떻게|얼마|언제|어디|며칠|무슨|어떤|몇|왜|누구|어느)\s?\S*(?:\s\S+){0,5}\s?(?:요|죠|까|지|야|니|데)[?.!…\s]*$|\?\s*$"
)
_WANT: Final = re.compile(
    r"고 싶(?!지)|(?:으?려고|으?려면|을려고|ㄹ려고|려는)|해\s?주(?:세요|셨으면|시면|실)|[어아] 주(?:세요|셨으면|실)|필요(?:해|한|하)|문의|물어보|여쭤|알아보|궁금|부탁"
    r"|신청(?:하|을)|요청"
)
_INTENT: Final = re.compile(r"고 싶(?!지)|려고|려는|궁금")
_TROUBLE: Final = re.compile(
    r"안 (?:돼|되|나와|나오|와|켜|열|들어)|못 (?:\S+)|없어요|없는데|고장|너무|위반|이상해|이상하|잃어버|분실|새(?:는|요|고)|막(?:혔|혀|고)|불법|시끄러|냄새|위험"
    r"|적이 없|잘못|깨졌|부서|끊겨|끊겼|나왔어요|꺼졌|꺼져|쌓여|쌓였|방치|다쳤|피해|불편|신고"
)
_EMERGENCY: Final = re.compile(
    r"불이 (?:났|나|붙)|화재|연기가|가스\s?(?:냄새|가 새|누출)|쓰러(?:졌|져|지)|숨을? (?:안|못)|의식이|피를|피가 (?:나|많)|심장|자살|죽고 싶|죽으려|뛰어내리"
    r"|흉기|칼을|칼로|폭행|때리고|맞고 있|납치|성폭|강도|감전|익사|물에 빠|무너(?:졌|지)|갇혔|갇혀|살려|응급|구급차|119|일일구"
)
_TO_CALLER: Final = re.compile(
    r"(?:시나요|신가요|셨나요|시겠어요|세요|실까요|드릴까요|십니까|계신가요|계세요)\?*\s*$"
)
"""Honorific questions: what agents ask callers, not what callers ask."""

_STRONG_ANSWER: Final = re.compile(
    r"시면\s?(?:됩니다|되세요|돼요|되고)|셔야|하실 수 있|실 수 있|실 수 없|으?시면 |담당(?:하|합니다)|필요합니다|가능합니다|불가능|받으실|내시면|해당(?:됩|하)"
    r"|지\s?않으셔도|안 하셔도|절대|주세요\.?$|입니다|수 (?:있|없)습니다|무료|대상"
)
_STATEMENT: Final = re.compile(
    r"(?:니다|세요|어요|아요|에요|예요|해요|고요|거든요|는데요|네요|죠|데요|래요|드려요)[.!…\s]*$"
)
_FORMAL: Final = re.compile(r"(?:니다|세요|시고|십시오|시면 돼요)[.!…\s]*$")
_FIGURE: Final = re.compile(
    r"\d|[일이삼사오육칠팔구십백천만]+\s?(?:원|일|시|분|년|개월|퍼센트|번|명|층|호선|리터)"
)

_PROMISE: Final = re.compile(
    r"(?:연결|전달|이관|접수|등록|예약|처리|신청|요청|전송|발송|안내)(?:\S*\s)?\S*(?:드리겠|드릴게|드렸|했습니다|되었습니다|됐습니다|하겠습니다|해 놓)"
    r"|(?:보내|전화|연락|회신|알려)\s?(?:를|을)?\s?드리(?:겠|도록)|(?:보내|전화|연락|회신)\s?드릴게|(?:전화|연락|회신)\S*\s\S*(?:갈|올|드릴) (?:겁|예정|거)"
    r"|\S*드릴 예정|나갈 예정|방문할 예정"
)
_OFFER: Final = re.compile(r"드릴까요\?*\s*$")
_PREPARE: Final = re.compile(
    r"(?:가지고|가져|지참|준비|챙겨)\S*(?:\s\S+){0,3}\s?\S*(?:가세요|오세요|주세요|하셔야|하세요)"
)
_GO_THERE: Final = re.compile(
    r"(?:방문|문의|전화|신고|연락|접수|상담)\S*\s?(?:해|하여)\s?(?:주세요|보세요|주십시오|주시기)|(?:방문|문의|전화|신고|연락)\S*\s?(?:하셔야|하세요)"
    r"|(?:신고|전화)하셔야"
)
_OTHER_OFFICE: Final = re.compile(
    r"(?:국세청|노동부|출입국|경찰|소방|공단|법원|검찰|병무청|우체국|한국전력|가스공사|보건복지부|외교부|정부|다른 기관|센터|청|부)\S*\s.*(?:전화|번호)\S*\s.*(?:번|\d|[일이삼사오육칠팔구공]{3})"
)
_AGREES: Final = re.compile(r"\s*(?:네|예|그래|좋아|그렇게|부탁)")


def sentences(text: str) -> list[str]:
    """The text cut after `.`, `?` and `!`; joined again they are the text."""
    return _SENTENCE.findall(text)


def trimmed(sentence: str) -> str:
    """Without interjections at its head and spaces around; empty when nothing else was said."""
    bare = sentence.strip()
    return _LEADING.sub("", bare, count=1) if _LEADING.match(bare) else bare


def says_nothing(sentence: str) -> bool:
    """A greeting, thanks, a backchannel, small talk, or who somebody is."""
    bare = trimmed(sentence)
    if len(bare) < 3 or _BACKCHANNEL.fullmatch(bare):
        return True
    if _GREETING.search(bare) or _IDENTITY.search(bare):
        # Recognised speech may lack the full stop between the name and the matter.
        return not (asks(bare) or _INTENT.search(bare)) or len(content_words(bare)) < 4
    return bool(_SMALL_TALK.search(bare)) and not (wants(bare) or complains(bare))


def asks(sentence: str) -> bool:
    """A question, not an echo (`국세청이요?`)."""
    bare = trimmed(sentence)
    return bool(_QUESTION.search(bare)) and not _ECHO.search(bare)


def asks_caller(sentence: str) -> bool:
    """A question or request with the honorifics that agents use to callers (`어느 구에 사시나요?`)."""
    bare = trimmed(sentence)
    return bool(_TO_CALLER.search(bare)) and ("?" in bare or not bare.rstrip(" .").endswith("세요"))


def sounds_like_staff(text: str) -> bool:
    """Whether somebody asks as agents ask, or soothes as they do, anywhere in an utterance."""
    return any(asks_caller(sentence) or _EMPATHY.search(sentence) for sentence in sentences(text))


def wants(sentence: str) -> bool:
    return bool(_WANT.search(sentence))


def complains(sentence: str) -> bool:
    return bool(_TROUBLE.search(sentence))


def is_emergency(sentence: str) -> bool:
    return bool(_EMERGENCY.search(sentence))


def tells_formally(sentence: str) -> bool:
    """An answer in the style of agents; callers rarely speak so."""
    return tells(sentence) >= 2 and bool(_FORMAL.search(trimmed(sentence)))


def only_soothes(sentence: str) -> bool:
    """Empathy or 'please hold': the agent speaks, but tells nothing."""
    return bool(_EMPATHY.search(sentence) or (_HOLDING.search(sentence) and not _PROMISE.search(sentence)))


def tells(sentence: str) -> float:
    """How much of an answer a sentence is: 0 for none, 1 for a statement, up to 3."""
    bare = trimmed(sentence)
    if "?" in bare or only_soothes(bare):
        return 0.0
    strength = 2.0 if _STRONG_ANSWER.search(bare) else 1.0 if _STATEMENT.search(bare) else 0.0
    return strength + 0.5 * bool(_FIGURE.search(bare)) if strength else 0.0


def promises(sentence: str) -> float:
    """How much of a next step a sentence is: 3 for a promise, 2 for what the caller is to do, 0 for none."""
    bare = trimmed(sentence)
    if "?" in bare or (_HOLDING.search(bare) and not _PROMISE.search(bare)):
        return 0.0
    if _PROMISE.search(bare):
        return 3.0
    if _OTHER_OFFICE.search(bare):
        return 2.5
    return 2.0 if _PREPARE.search(bare) or _GO_THERE.search(bare) else 0.0


def offers(sentence: str) -> bool:
    """`… 보내 드릴까요?`: a promise once the caller says yes."""
    return bool(_OFFER.search(sentence)) and not _GREETING.search(sentence)


def agrees(text: str) -> bool:
    return bool(_AGREES.match(text))


_EMPTY: Final = frozenset(
    "네 예 아 어 음 그 저 이 그거 이거 저거 그게 이게 제가 저는 저희 그럼 그러면 그런데 근데 그리고 그래서 어떻게 하나요 해야 하는데 하는데요 "
    "어디 어디에 어디서 언제 얼마 얼마나 얼마예요 무슨 어떤 뭐 뭘 왜 좀 정도 지금 이제 오늘 여기 거기 저기 것 거 수 때 있나요 있어요 되나요 돼요 "
    "될까요 합니다 됩니다 있습니다 주세요 싶은데요 싶어요 아니 하고 해서 하면 그건 이건 고객님 말씀 다시 한번 또 더 다 잘 너무 많이 정말".split()
)


def content_words(text: str) -> list[str]:
    """Words that carry matter: two syllables or more, and not among the words of every call."""
    words = re.findall(r"[가-힣A-Za-z0-9]+", text)
    return [word for word in words if len(word) >= 2 and word not in _EMPTY]


def bigrams(text: str) -> frozenset[str]:
    """Character bigrams of the content words: robust to endings, spacing and mishearing."""
    return frozenset(
        word[index : index + 2] for word in content_words(text) for index in range(len(word) - 1)
    )
