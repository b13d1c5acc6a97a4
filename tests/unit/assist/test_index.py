from dataclasses import replace

import pytest

from assist.index import ArticleIndex
from assist.query import QueryPart
from assist.synonyms import Synonyms


def ids(found):
    return [hit.article.article_id for hit in found.hits]


def ask(*texts):
    return [QueryPart(text, weight) for text, weight in zip(texts, (1.0, 0.4, 0.2), strict=False)]


@pytest.fixture
def index(article, analyse):
    return ArticleIndex(
        [
            article("passport", "여권 재발급", "사진을 가져오십시오.\n\n## 수수료\n수수료는 오만 원입니다."),
            article("license", "운전면허 재발급", "면허시험장에서 합니다.", agency="도로교통공단"),
            article("waste", "대형폐기물 배출", "동주민센터에 신고합니다.", keywords=("소파", "침대")),
            article(
                "waste-mapo",
                "대형폐기물 배출",
                "마포구청에 신고합니다.",
                district="마포구",
                keywords=("소파",),
            ),
            article(
                "waste-nowon",
                "대형폐기물 배출",
                "노원구청에 신고합니다.",
                district="노원구",
                keywords=("소파",),
            ),
        ],
        analyse,
    )


def test_finds_the_article_and_the_passage(index):
    found = index.search(ask("여권 수수료"))
    assert ids(found)[0] == "passport"
    assert found.hits[0].passage.heading == "수수료"
    assert found.hits[0].matched == ("여권", "수수료")
    assert found.subject == ("여권", "수수료")


def test_survives_a_misheard_syllable(index):
    assert ids(index.search(ask("여꿘 재발급")))[0] == "passport"


def test_context_tells_alike_guides_apart(index):
    assert ids(index.search(ask("재발급이요", "운전면허 때문에요")))[0] == "license"
    assert ids(index.search(ask("재발급이요", "여권 때문에요")))[0] == "passport"


def test_the_callers_district_goes_first_and_others_last(index):
    assert ids(index.search(ask("소파 배출"), district="마포구"))[0] == "waste-mapo"
    order = ids(index.search(ask("소파 배출"), district="마포구"))
    assert order[1:3] == ["waste", "waste-nowon"]
    assert ids(index.search(ask("소파 배출")))[0] == "waste"


def test_scores_are_shares_and_fall(index):
    scores = [hit.score for hit in index.search(ask("여권 재발급 수수료")).hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < 1 for score in scores)


def test_a_closed_up_keyword_is_found_when_said_in_two_words(article, analyse):
    index = ArticleIndex([article("a", "안내", keywords=("수도요금",)), article("b", "수도 공사")], analyse)
    assert ids(index.search(ask("수도 요금이요")))[0] == "a"


def test_nothing_to_find(index, analyse):
    assert index.search([]).hits == ()
    assert index.search(ask("kxq")).hits == ()
    assert ArticleIndex([], analyse).search(ask("여권")).hits == ()


def test_a_rebuilt_index_analyses_only_what_changed(index, article, analyse):
    seen = []

    def counting(text):
        seen.append(text)
        return analyse(text)

    again = ArticleIndex([*index.articles[1:], article("new", "새 안내", "새 글")], counting, index)
    assert set(seen) <= {"새 안내", "", "새 글"}
    assert ids(again.search(ask("새 안내")))[0] == "new"
    assert "passport" not in ids(again.search(ask("여권 재발급")))


def test_a_dense_encoder_brings_what_no_word_brings(index):
    assert ids(index.search(ask("자동차 증서 다시요"), near={"license": 0.9}))[0] == "license"
    plain, close = (index.search(ask("여권 재발급"), near=near).hits for near in (None, {"passport": 0.9}))
    assert close[0].article.article_id == "passport"
    assert close[0].score != plain[0].score
    assert index.search(ask("여권"), near={"gone": 0.9}) == index.search(ask("여권"), near={"gone": 0.9})
    assert index.search(ask("여권"), near={}) == index.search(ask("여권"))


def test_an_everyday_word_finds_the_official_term(article, analyse):
    guides = [article("bill", "수도요금 조회"), article("bus", "버스 요금")]
    found = ArticleIndex(guides, analyse).search(ask("물세 얼마예요"))
    assert ids(found)[0] == "bill"
    assert found.hits[0].matched == ("물세",)
    without = ArticleIndex(guides, analyse, synonyms=Synonyms({}))
    assert "bill" not in ids(without.search(ask("물세 얼마예요")))


def test_a_word_that_many_guides_share_makes_none_likely(guides):
    for said in ("위반", "신고", "버스", "카드요"):
        assert guides.search(ask(said)).hits[0].score < 0.5
    assert guides.search(ask("버스전용차로 위반")).hits[0].score > 0.5


def test_a_turn_without_a_subject_makes_nothing_likely(guides):
    assert guides.search(ask("마포구에 살아요"), district="마포구").hits[0].score < 0.3


def test_many_texts_at_once_give_the_same_index(index, analyse):
    calls = []

    def many(texts):
        calls.append(len(texts))
        return map(analyse, texts)

    again = ArticleIndex(index.articles, analyse, analyse_many=many)
    assert len(calls) == 1
    assert again.search(ask("여권 수수료")) == index.search(ask("여권 수수료"))
    assert again.nbytes > 0


def test_real_morphemes_at_once_are_those_one_by_one(kiwi):
    texts = ["여권을 재발급하려고요", "", "대형폐기물 2개"]
    assert list(kiwi.nouns_and_terms_of(texts)) == [kiwi.nouns_and_terms(text) for text in texts]


def test_a_site_may_have_weights_of_its_own(index, analyse):
    doubtful = replace(index.weights, doubt=index.weights.doubt + 3)
    other = ArticleIndex(index.articles, analyse, weights=doubtful)
    assert other.search(ask("여권 재발급")).hits[0].score < index.search(ask("여권 재발급")).hits[0].score


def test_of_passages_that_say_nothing_the_first_is_shown(article, analyse):
    index = ArticleIndex([article("a", "여권", "## 장소\n구청\n\n## 시간\n아홉 시")], analyse)
    assert index.search(ask("여권")).hits[0].passage.heading == "장소"
    assert index.search(ask("여권 시간")).hits[0].passage.heading == "시간"
