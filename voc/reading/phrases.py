"""Key phrases: nouns and compound nouns that citizens said, the most telling first. Pure but for the table's file.

A phrase is telling when it stands in this contact more often than its share of all that is ever said to a contact
centre lets expect: the log-likelihood of Rayson and Garside (2000, Comparing corpora using frequency profiling), the
two cells of Dunning's ratio (1993, Computational Linguistics 19:1) that hold the phrase. `background.tsv` holds
in how many sample contacts each phrase stands; a site may hand in its own counts.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log
from pathlib import Path
from typing import Final

from contracts.errors import BadSetting
from models.morphemes import Morpheme

MAX_PHRASES: Final = 12
BACKGROUND: Final = Path(__file__).with_name("background.tsv")

_NOUNS: Final = frozenset({"NNG", "NNP", "XR"})
_IN_COMPOUND: Final = frozenset({"NNG", "NNP", "XPN", "XSN", "SL", "SN", "XR"})
_MAX_PARTS: Final = 4
_MASK: Final = re.compile(r"\[[^\]]*\]")
_DIGITS: Final = re.compile(r"\d{3,}|^\d+$")
_HANGUL_OR_LATIN: Final = re.compile(r"[가-힣a-z]")
_CACHED_LINES: Final = 8192


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


_EMPTY: Final = _words(
    "거 것 수 때 데 곳 분 번 쪽 중 저희 우리 지금 오늘 어제 내일 모레 아까 방금 이번 다음 요즘 아침 점심 저녁 오전 오후 새벽 밤 하루 이틀 사흘 시간",
    "정도 경우 관련 가능 사람 생각 얘기 이야기 말씀 부탁 문의 질문 확인 안내 상담 상담원 상담사 선생 고객 전화 번호 전화번호 이름 성함 감사 죄송 수고 안녕",
    "다행 고생 축하 다산콜 센터 서울시 여기 거기 저기 이쪽 그쪽 어디 언제 누구 무엇 얼마 며칠 때문 진짜 정말 처음 그때 이제 그냥 계속 자꾸 혹시 일단 근처",
    "부근 일대 근방 주변 옆 앞 뒤 위 아래 안 밖 가운데 전부 모두 자체 부분 문제 상황 상태 방법 이유 결과 내용 사실 필요 해당 다산 콜센터 네 예 아니 음",
    "어 아이고 한번 전 후 개월 년 월 일 시 분 초 원 명 대 개 장 주일 주말 월요일 화요일 수요일 목요일 금요일 토요일 일요일",
)
"""Nouns that lead nowhere, however seldom they are said."""

_SURNAMES: Final = "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용"
_NOT_NAMES: Final = re.compile(r".+[동역로구시도산천교원대점사길리군읍면강관장당청터촌항문숲]$")
"""Places, offices, halls: proper nouns of three syllables that are no person's name."""
_TITLE: Final = re.compile(r"^\s*(?:씨|님|이라고\s*(?:하|합)|라고\s*(?:하|합)|입니다만)")


@dataclass(frozen=True, slots=True)
class Background:
    """In how many contacts each phrase was said, of how many."""

    counts: Mapping[str, int]
    total: int
    """Of all phrases in all contacts."""


def load_background(path: Path = BACKGROUND) -> Background:
    """Read a table of phrase and count, tab between.

    Raises:
        BadSetting: the file is missing or is no such table.
    """
    try:
        rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
        counts = {phrase: int(count) for phrase, count in rows}
    except (OSError, ValueError) as error:
        raise BadSetting(
            f"배경 낱말표 '{path}'을(를) 읽을 수 없습니다({error}). '낱말<탭>상담 수'의 줄이어야 합니다.",
            f"cannot read background words '{path}' ({error}); each line should be phrase, tab, contacts.",
        ) from None
    return Background(counts, max(1, sum(counts.values())))


class Phrases:
    """Finds and ranks phrases. Thread-safe; a line that comes again is not analysed again."""

    def __init__(
        self,
        analyse: Callable[[str], list[Morpheme]],
        background: Background,
        *,
        places: Iterable[str] = (),
        with_names: bool = False,
    ) -> None:
        """Take what phrases are found and weighed with.

        Args:
            analyse: the morpheme analyser.
            background: usual words.
            places: names that are no persons'.
            with_names: keep what may be a person's name. Not of contacts: privacy.
        """
        self._background = background
        self._places = frozenset(places)
        self._with_names = with_names
        self._analyse = analyse
        self.in_line = lru_cache(_CACHED_LINES)(self._in_line)
        """Phrases of a line, with repetitions, in order."""

    def _in_line(self, line: str) -> tuple[str, ...]:
        found: list[str] = []
        for piece in _MASK.split(line):
            found += self._in_piece(piece)
        return tuple(found)

    def _in_piece(self, text: str) -> list[str]:
        run: list[Morpheme] = []
        found: list[str] = []
        for morpheme in self._analyse(text):
            if morpheme.tag in _IN_COMPOUND and self._may_follow(run, morpheme, text):
                run.append(morpheme)
                continue
            found += self._of_run(run)
            run = [morpheme] if morpheme.tag in _IN_COMPOUND and not self._is_person(morpheme, text) else []
        return found + self._of_run(run)

    def _may_follow(self, run: Sequence[Morpheme], morpheme: Morpheme, text: str) -> bool:
        """Nouns form one phrase where nothing, or one space, stands between them: 가스 냄새."""
        if not run or len(run) >= _MAX_PARTS or self._is_person(morpheme, text):
            return False
        between = text[run[-1].end : morpheme.start]
        return between == "" or (
            between == " "
            and {run[-1].tag, morpheme.tag} <= _NOUNS
            and morpheme.form not in _EMPTY
            and run[-1].form not in _EMPTY
        )

    def _of_run(self, run: Sequence[Morpheme]) -> list[str]:
        """The whole, and its nouns: 가스 냄새, 가스, 냄새."""
        single = [
            morpheme.form
            for morpheme in run
            if morpheme.tag in _NOUNS and len(morpheme.form) >= 2 and morpheme.form not in _EMPTY
        ]
        whole = _joined(run) if len(run) > 1 else ""
        if whole and (_DIGITS.search(whole) or not _HANGUL_OR_LATIN.search(whole) or whole in _EMPTY):
            whole = ""
        return [whole, *single] if whole and single else single

    def _is_person(self, morpheme: Morpheme, text: str) -> bool:
        if self._with_names or morpheme.tag != "NNP":
            return False
        if morpheme.form in self._places:
            return False
        if _TITLE.search(text[morpheme.end :]):
            return True
        name = morpheme.form
        return len(name) == 3 and name[0] in _SURNAMES and not _NOT_NAMES.match(name)

    def _is_place(self, phrase: str) -> bool:
        """Names of districts and places stand in fields of their own: a place is no news by itself."""
        return phrase in self._places or all(word in self._places for word in phrase.split())

    def telling(self, lines: Sequence[str], *, most: int = MAX_PHRASES) -> tuple[str, ...]:
        """The phrases of a contact's lines, the most telling first; whatever order the lines have."""
        counts: dict[str, int] = {}
        for line in lines:
            for phrase in self.in_line(line):
                if self._is_place(phrase):
                    continue
                counts[phrase] = counts.get(phrase, 0) + 1
        total = sum(counts.values())
        scored = [
            (
                log_likelihood(count, total, self._background.counts.get(phrase, 0), self._background.total),
                phrase,
            )
            for phrase, count in counts.items()
        ]
        scored.sort(key=lambda entry: (-round(entry[0], 6), " " not in entry[1], -len(entry[1]), entry[1]))
        return tuple(phrase for score, phrase in scored if score > 0)[:most]


def log_likelihood(seen: int, of: int, usual: int, of_usual: int) -> float:
    """G² of a phrase said `seen` times of `of` against `usual` of `of_usual`; 0 where it is rarer here."""
    share = (seen + usual) / (of + of_usual)
    expected, expected_usual = of * share, of_usual * share
    if seen <= expected:
        return 0.0
    return 2 * (seen * log(seen / expected) + (usual * log(usual / expected_usual) if usual else 0.0))


def _joined(run: Sequence[Morpheme]) -> str:
    """One spelling however it was spaced: words of two syllables and more stand apart, affixes do not."""
    text = ""
    for index, morpheme in enumerate(run):
        apart = (
            index
            and len(morpheme.form) >= 2
            and len(run[index - 1].form) >= 2
            and morpheme.tag in _NOUNS
            and run[index - 1].tag in _NOUNS
        )
        text += (" " if apart else "") + morpheme.form.lower()
    return text
