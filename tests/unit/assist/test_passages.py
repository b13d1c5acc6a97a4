from assist.passages import PASSAGE_CHARS, passages_of

BODY = """여권은 구청에서 **신청**합니다.

## 수수료
- 10년 복수여권 5만 원
- 단수여권 2만 원

## 준비물
[사진](https://example.org) 1장
"""


def test_headings_make_passages_of_plain_text():
    found = passages_of(BODY)
    assert [passage.heading for passage in found] == ["", "수수료", "준비물"]
    assert found[0].text == "여권은 구청에서 신청합니다."
    assert found[2].text == "사진 1장"


def test_long_text_is_cut_without_loss():
    body = "가나다라마 바사. " * 200 + "무" * 700
    found = passages_of(body)
    assert all(0 < len(passage.text) <= PASSAGE_CHARS for passage in found)
    assert "".join("".join(passage.text.split()) for passage in found) == "".join(body.split())


def test_no_text_no_passage():
    assert passages_of("\n \n## 제목만\n") == []


def test_the_rule_of_a_table_is_no_text():
    [passage] = passages_of("| 구분 | 금액 |\n| :--- | ---: |\n| 소파 | 5,000원 |\n---\n끝.")
    assert passage.text == "| 구분 | 금액 |\n| 소파 | 5,000원 |\n끝."
