"""The names of one tenant: what the recogniser should know of its guides, departments and places."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from contracts.errors import BadInput
from store.articles import StoredArticle

_WORD: Final = re.compile(r"[가-힣]{2,}")
_NO_NAMES: Final = """
    가까운 갱신 결과 계속 기간 기관 내기 내는 담당 대상 되는 등록 만들기 문의 발급 방법 버리는 버리기 보는 부서 상담 서류 설치 시간 시기
    신고 신청 안내 외부 요금 이용 일반 잃어버린 접수 지원 찾기 찾는 처리 치우기 하기 하는 확인 받기 받는 쓰는 다시 모든 새로 어떻게
"""
"""Words of titles and departments that every caller says: no names, and hardly misheard."""
_ENDINGS: Final = ("에서", "과", "와", "의", "을", "를", "는")
"""What words of titles end in. Departments and keywords are bare: 세무과."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names, the most telling first, each once; and words of the guides' texts, which are right as they stand."""

    names: tuple[str, ...]
    known: frozenset[str]


def vocabulary(articles: Iterable[StoredArticle], places: Mapping[str, Iterable[str]]) -> Vocabulary:
    """Collect the names of a tenant.

    Args:
        articles: its guides: titles, departments, agencies and keywords give names, bodies known words.
        places: neighbourhoods by district.

    Returns:
        Departments and agencies first, then districts, keywords, words of titles, neighbourhoods.
    """
    articles = list(articles)
    offices = [text for article in articles for text in (article.agency, article.department)]
    names = [
        *(name for office in offices for name in _names(office)),
        *(article.district for article in articles if article.district),
        *places,
        *(f"{district}청" for district in places if district.endswith("구")),
        *(name for article in articles for keyword in article.keywords for name in _names(keyword)),
        *(name for article in articles for name in _title_names(article.title)),
        *(place for group in places.values() for place in group),
    ]
    known = {word for article in articles for word in _WORD.findall(article.body)}
    return Vocabulary(tuple(dict.fromkeys(names)), frozenset(known))


def _names(text: str) -> list[str]:
    """Single words, because what is heard comes word by word; no whole sentences (얼었어요)."""
    words = _WORD.findall(text)
    return [word for word in words if word not in _NO_NAMES.split() and not word.endswith("요")]


def _title_names(title: str) -> list[str]:
    """Nouns of three syllables or more: shorter words of titles are everyone's."""
    bare = (
        next((word[: -len(end)] for end in _ENDINGS if word.endswith(end)), word)
        for word in _WORD.findall(title)
    )
    return [name for word in bare for name in _names(word) if len(name) >= 3]


def read_places(path: Path) -> dict[str, tuple[str, ...]]:
    """Neighbourhoods by district, from YAML: `마포구: [합정동, 망원동]`.

    Raises:
        BadInput: the file is missing or is no such mapping.
    """
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
        return {str(district): tuple(map(str, places)) for district, places in read.items()}
    except (OSError, ValueError, yaml.YAMLError, AttributeError, TypeError) as error:
        raise BadInput(
            f"지명 파일 '{path}'을(를) 읽을 수 없습니다. '구: [동, 동]' 꼴의 YAML인지 확인하십시오.",
            f"cannot read places '{path}' ({error}); it should be YAML like 'district: [place, place]'.",
        ) from None
