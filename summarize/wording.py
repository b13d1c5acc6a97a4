"""Which words of a written line are carried by what was said. Pure.

Notes are written in other words than speech: `분실 신고 방법 문의함` for '잃어버렸는데 어떻게 신고해요'. So words are compared
by pairs of characters, which survive endings and spacing, words of every note count for nothing, and a list says
which spoken words a written one may stand for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_WORD: Final = re.compile(r"[가-힣]+|[A-Za-z]{2,}")
_MASK: Final = re.compile(r"\[[가-힣]+\]")

_OF_NOTES: Final = re.compile(
    r"(?:문의|안내|요청|확인|설명|희망|예정|가능|필요|여부|관련|방법|절차|내용|사항|경우|상담|답변|권유|권고|완료|진행|조치|처리|예정|당부|전달|부탁|고지|"
    r"고객|민원인|상담사|상담원|시민|본인|해당|대해|대한|대하여|위해|위한|통해|따라|따른|이후|이전|추가|별도|또는|그리고|및|등|후|시|중|건|함께|직접|바로|"
    r"언급|말씀|표시|표현|호소|알고|싶어|궁금|하기|하여|하고|해야|되어|된다고|한다고|하는지|되는지|있는지|없는지|인지|이라고|라고|다고|수|것|점|때|곳|쪽|측|"
    r"정도|가량|약|총|각|매우|계속|현재|다시|어떻게|무엇|어디|언제|얼마|후속|안내문|물음|알려|드림|받음|원함|하려|하려고|으로|에서|까지|부터|"
    r"종료|통화|전화|문자|이내|이하|이상|미만|최대|최고|최소|함을|있음|없음|없는|있는|받을|안의|주기|되지|않음|않는|곳의|전에도?|전이라도|뒤에?|직후|동안|때문|먼저|모두|보이며?|경과|대략|각각|"
    r"상태|부분|이용|사용|개별|해당자|당일|전부|일부)"
)
_ENDING: Final = re.compile(
    r"(?:하였음|했음|하였다|하셨음|하라고|하도록|하려고|하려는|하려|하려함|드렸음|드림|드리기로|드려|드리|되었음|됐음|되었다|됨|하기로|하겠다고|한다고|된다고|하다고|이라고|라고|다고|으며|하며|"
    r"하는지|되는지|인지|있음|없음|받음|않음|하여|하고|하기|해야|되어|되며|하는|되는|하면|되면|해서|함|음|임|해|한|할|될|된|하|"
    r"으로|에서|에게|까지|부터|이나|이며|이고|에는|에도|과의|와의|으로의|로의|마다|보다|처럼|만|도|은|는|이|가|을|를|에|의|와|과|로|나|고|께)$"
)

_SPOKEN: Final[dict[str, tuple[str, ...]]] = {
    "분실": ("잃어버", "없어졌", "두고 내", "놓고 내"),
    "습득": ("주웠", "주워"),
    "납부": ("내시", "내야", "내면", "내라", "낸", "내도", "내는", "내실", "내려"),
    "제출": ("내시", "내셔", "내야", "내면", "내실", "내도", "보내"),
    "소요": ("걸리", "걸려", "걸립"),
    "배출": ("버리", "버려", "버릴", "내놓", "내시", "내놔"),
    "투기": ("버리", "버려", "버린"),
    "수수료": ("얼마", "비용", "돈"),
    "비용": ("얼마", "돈"),
    "요금": ("얼마",),
    "금액": ("얼마", "원"),
    "기한": ("언제까지", "까지", "안에"),
    "기간": ("언제까지", "동안", "며칠", "지났"),
    "위치": ("어디",),
    "장소": ("어디",),
    "시간": ("몇 시", "언제"),
    "일정": ("언제", "며칠"),
    "방문": ("가서", "오시", "가시", "나오", "와 주", "오셔", "가면", "가야", "갈게", "나가"),
    "지참": ("가지고", "가져", "챙겨", "들고"),
    "준비물": ("가지고", "가져", "챙겨", "필요"),
    "구비서류": ("서류", "가지고", "필요"),
    "연락처": ("전화", "번호"),
    "전화번호": ("번호", "몇 번"),
    "발송": ("보내", "문자로", "문자 "),
    "통보": ("알려", "연락", "문자"),
    "작성": ("쓰셔", "쓰시", "써서", "써야", "적어", "쓰고"),
    "날인": ("찍",),
    "부착": ("붙이", "붙여", "붙어"),
    "수령": ("받으", "받아", "받고", "받은", "왔는데"),
    "회신": ("다시 전화", "전화 드", "연락 드", "전화드", "연락드", "알려 드", "알려드"),
    "재통화": ("다시 전화", "전화 드", "연락 드", "전화드", "연락드"),
    "불가": ("안 되", "안 됩", "안 돼", "수 없", "어렵", "못 "),
    "미수거": ("안 가져", "가져가지", "그대로", "안 치"),
    "방치": ("쌓여", "그대로", "세워져", "버려"),
    "파손": ("깨", "부서", "망가", "패였", "패여", "파여", "움푹"),
    "고장": ("안 켜", "안 나와", "꺼져", "꺼졌", "안 들어", "멈췄", "안 돼", "나갔"),
    "누수": ("새는", "새고", "새요", "물이"),
    "거주": ("살고", "사는", "살아", "삽니다", "사시"),
    "소관": ("담당", "하는"),
    "관할": ("담당", "하는"),
    "지연": ("늦", "안 와"),
    "배차": ("다니", "간격", "대가"),
    "막차": ("몇 시까지", "끊"),
    "운행": ("다니", "있나", "있습니", "까지"),
    "영업": ("열", "하나요", "합니다"),
    "운영": ("열", "하나요", "합니다"),
    "개정": ("바뀌", "바뀐"),
    "변경": ("바꾸", "바꿔", "바뀌", "옮기"),
    "취소": ("안 하", "그만"),
    "감면": ("깎아", "할인", "줄여"),
    "할인": ("깎아", "싸"),
    "부재": ("안 계", "없어", "자리"),
    "통증": ("아프", "아파"),
    "부상": ("다치", "다쳤"),
    "사망": ("돌아가", "죽"),
    "임신": ("아이", "아기"),
    "출산": ("낳", "아기", "아이"),
    "반려견": ("개가", "강아지", "개를", "개는"),
    "이웃": ("옆집", "윗집", "아랫집"),
    "소음": ("시끄러", "쿵쿵", "짖"),
    "악취": ("냄새",),
    "대피": ("밖으로", "나가", "피하"),
    "환기": ("창문",),
    "이사": ("옮기", "이사"),
    "구매": ("사려", "사서", "사야", "사면", "파는", "팔"),
    "구입": ("사려", "사서", "사야", "사면", "파는", "팔"),
    "환불": ("돌려", "환불"),
    "차단": ("잠그", "끄", "내리"),
    "수리": ("고치", "고쳐", "수리"),
    "교체": ("바꾸", "바꿔", "갈아", "교체"),
    "신청": ("하고 싶", "하려", "받으려", "받고 싶", "만들"),
    "발급": ("떼려", "뗄 수", "떼면", "떼는", "떼야", "뽑", "만들", "받으실", "받으려"),
    "갱신": ("다시", "연장", "지났"),
    "만료": ("지났", "끝났", "다 됐"),
    "휴무": ("쉬", "안 하", "안 열"),
    "동행": ("같이", "함께"),
    "자녀": ("아이", "아들", "딸", "애"),
    "부모": ("어머니", "아버지", "엄마", "아빠"),
    "모친": ("어머니", "엄마"),
    "부친": ("아버지", "아빠"),
    "온라인": ("인터넷", "홈페이지"),
    "누리집": ("홈페이지",),
    "대상": ("받을 수", "해당", "되나"),
    "조건": ("되나", "받을 수", "자격"),
    "자격": ("되나", "받을 수"),
    "불법주차": ("차를 세", "주차", "막고"),
    "재활용": ("분리",),
    "단속": ("신고", "딱지"),
    "혼잡": ("사람이 많", "붐비"),
    "침수": ("잠겼", "물이"),
    "역류": ("올라", "넘"),
    "취득": ("따는", "따려", "딸 수"),
    "누출": ("새는", "새고", "새요", "가 새", "냄새"),
    "배우자": ("남편", "아내"),
    "체납": ("밀렸", "밀린", "못 냈", "못 낸"),
    "미납": ("밀렸", "밀린", "안 냈", "못 냈", "못 낸"),
    "신속": ("빨리", "바로", "얼른"),
    "금지": ("마시고", "마세요", "안 됩", "하지 마"),
    "폐기": ("버리", "버려", "버릴"),
    "수면": ("잠을", "잠도"),
    "이의": ("의견", "억울"),
    "감경": ("깎", "할인", "줄여"),
    "부과": ("나왔", "나온", "내라", "나올", "나갔", "붙습", "붙어"),
    "고령": ("할머니", "할아버지", "어르신", "연세"),
    "입원": ("병원에",),
    "폐업": ("문을 닫", "장사를 접"),
    "퇴사": ("그만두", "그만둔", "나온 다음"),
    "미수령": ("못 받", "안 왔", "안 와"),
    "미작동": ("안 돼", "안 켜", "안 나와"),
    "오류": ("안 돼", "안 되", "이상해", "잘못"),
    "구토": ("토했", "토를"),
    "통행": ("지나", "다니"),
    "적치": ("쌓", "내놓"),
    "소유": ("제 ", "우리 "),
    "미배달": ("안 왔", "안 와"),
    "재발송": ("다시 보내",),
    "도난": ("훔쳐", "없어졌"),
}
"""A written word → pieces of spoken ones that it may stand for."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a line that carries matter."""

    stem: str
    pairs: frozenset[str]
    spoken: tuple[str, ...]

    @property
    def weight(self) -> int:
        return min(len(self.stem), 5)

    def in_(self, squeezed: str, text: str) -> float:
        """How much of it stands in an utterance, 0-1."""
        if any(piece in text for piece in self.spoken):
            return 1.0
        share = sum(pair in squeezed for pair in self.pairs) / len(self.pairs)
        return share if share >= 0.5 else 0.0


def terms(text: str, figures: Sequence[tuple[int, int]] = ()) -> list[Term]:
    """The words of a line that carry matter, each once.

    Args:
        text: the line.
        figures: (start, end) of the figures in it, which are checked on their own.
    """
    for start, end in figures:
        text = text[:start] + " " * (end - start) + text[end:]
    text = _MASK.sub(" ", text)
    found: dict[str, Term] = {}
    for match in _WORD.finditer(text):
        stem = _stem(match[0])
        if len(stem) >= 2 and not _OF_NOTES.fullmatch(stem):
            pairs = frozenset(stem[index : index + 2] for index in range(len(stem) - 1))
            found.setdefault(stem, Term(stem, pairs, _heard_as(stem)))
    return list(found.values())


def _stem(word: str) -> str:
    """Without particles, endings and the verbs that every note ends with."""
    for _ in range(3):
        shorter = _ENDING.sub("", word)
        rest = re.sub(r"(?:문의|안내|요청|희망|설명|확인|예정|권유|상담)$", "", shorter)
        shorter = rest if len(rest) >= 2 else shorter
        if len(shorter) < 2 or shorter == word:
            return shorter if len(shorter) >= 2 else word
        word = shorter
    return word


def _heard_as(stem: str) -> tuple[str, ...]:
    """Spoken pieces that may stand for a word; of a compound (재산세납부) for its head or tail, when that is most of it."""
    return tuple(
        piece
        for written, pieces in _SPOKEN.items()
        if len(stem) <= len(written) + 2 and (stem.startswith(written) or stem.endswith(written))
        for piece in pieces
    )


def squeezed(text: str) -> str:
    return "".join(_MASK.sub(" ", text).split())
