"""What a card says: the snippet and the one sentence of why it is there. Pure."""

from typing import Final

from assist.index import Hit
from assist.words import object_particle
from contracts.suggestion import Snippet

_WORDS_NAMED: Final = 3
"""More words than these are not read at a glance."""


def snippet_of(hit: Hit) -> Snippet:
    article = hit.article
    return Snippet(
        article_id=article.article_id,
        title=article.title,
        heading=hit.passage.heading,
        text=hit.passage.text,
        category=article.category,
        department=article.department,
        district=article.district,
        agency=article.agency,
        revised=article.revised,
        source=article.source,
        sample=article.sample,
        score=round(hit.score, 3),
        matched=hit.matched,
    )


def reason_for(hit: Hit) -> str:
    """Why this guide, in Korean; of a matter that another agency handles it says so.

    "'여권', '재발급'을 말씀하셨습니다."
    """
    named = hit.matched[:_WORDS_NAMED]
    if named:
        quoted = ", ".join(f"'{word}'" for word in named)
        sentence = f"{quoted}{object_particle(named[-1])} 말씀하셨습니다."
    else:
        sentence = "말씀하신 내용과 비슷한 안내입니다."
    if hit.article.agency:
        sentence += f" 다른 기관({hit.article.agency}) 소관입니다."
    return sentence
