import datetime as dt
import json

import pytest

from assist.article_fields import MAX_BODY_CHARS
from assist.importer import TooManyMissing, import_articles, missing
from contracts.errors import BadArticle, NotFound

TODAY = dt.date(2026, 11, 22)


@pytest.fixture
def read(tmp_path):
    def write_and_read(name, content, encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return import_articles(path, TODAY)

    return write_and_read


def refusals(report):
    return [(refusal.where, refusal.code) for refusal in report.refused]


def ids(report):
    return [article.article_id for article in report.accepted]


def test_csv_by_our_columns(read):
    report = read(
        "guides.csv",
        "id,title,body,category,keywords,revised,district,sample\n"
        'p-1,여권 재발급,"첫 줄\n둘째 줄, ""따옴표""",여권,"여권,재발급",2026.3.1,마포구,true\n',
    )
    (article,) = report.accepted
    assert not report.refused
    assert article.body == '첫 줄\n둘째 줄, "따옴표"'
    assert article.keywords == ("여권", "재발급")
    assert (article.revised, article.checked) == (dt.date(2026, 3, 1), None)
    assert (article.district, article.sample) == ("마포구", True)


def test_csv_of_the_open_data_plaza(read):
    report = read("seoul.csv", "번호,분류,제목,내용,내용번호\n7,복지,기초연금이란?,65세부터,2352\n")
    (article,) = report.accepted
    assert (article.article_id, article.category, article.title) == ("7", "복지", "기초연금이란?")
    assert article.revised == TODAY


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_encodings(read, encoding):
    report = read("guides.csv", "id,title,body\na,똠방각하,펭귄의 내용\n", encoding)
    assert [article.title for article in report.accepted] == ["똠방각하"]


def test_a_broken_line_costs_one_row(read):
    good = "id,title,body\na,제목,내용\n".encode()
    report = read("guides.csv", good + b"b,\xff\xfe\xfa,x\n" + "c,제목,내용\n".encode())
    assert ids(report) == ["a", "c"]
    assert refusals(report) == [("guides.csv:3", "bad-encoding")]


def test_bad_rows_are_told_and_the_rest_goes_in(read):
    report = read(
        "guides.csv",
        "id,title,body,revised\n"
        "a,제목,내용,2026-01-01\n"
        "b,,내용,2026-01-01\n"
        "c,제목,,2026-01-01\n"
        "d,제목,내용,2026-02-30\n"
        "a,제목,내용,2026-01-01\n"
        "e,제목,내용\n"
        "\n"
        "f g,제목,내용,2026-01-01\n"
        f"h,제목,{'가' * (MAX_BODY_CHARS + 1)},2026-01-01\n"
        "i,제목,내용,20260101\n",
    )
    assert ids(report) == ["a", "i"]
    assert refusals(report) == [
        ("guides.csv:3", "missing-title"),
        ("guides.csv:4", "missing-body"),
        ("guides.csv:5", "bad-date"),
        ("guides.csv:6", "duplicate-id"),
        ("guides.csv:7", "bad-columns"),
        ("guides.csv:9", "bad-id"),
        ("guides.csv:10", "body-too-long"),
    ]
    assert "guides.csv:2" in report.refused[3].ko
    assert all(refusal.ko and refusal.en for refusal in report.refused)


def test_an_unclosed_quote_costs_one_row(read):
    report = read(
        "guides.csv",
        'id,title,body\na,제목,내용\nb,제목,"안 닫힘\nc,제목,내용\nd,"제목","두 줄\n내용"\ne,제목,내용\n',
    )
    assert ids(report) == ["a", "c", "d", "e"]
    assert refusals(report) == [("guides.csv:3", "unclosed-quote")]


def test_many_unclosed_quotes_do_not_pile_up(read):
    report = read("guides.csv", "id,title,body\n" + 'a"b,x\n' * 3000 + "z,제목,내용\n")
    assert ids(report) == ["z"]
    assert len(report.refused) == 3000


def test_json_lines(read):
    rows = [
        json.dumps(
            {"id": "a", "title": "제목", "body": "내용", "keywords": ["가", 119], "checked": "2026-05-01"}
        ),
        "{broken",
        "[1]",
        "",
        json.dumps({"id": "b", "title": ["목록"], "body": "내용"}),
        json.dumps({"id": "c", "title": "제목", "body": "나쁜 \ud800 글자\u0000"}),
    ]
    report = read("guides.jsonl", "\n".join(rows))
    assert ids(report) == ["a", "c"]
    assert report.accepted[0].keywords == ("가", "119")
    assert report.accepted[1].body == "나쁜  글자"
    assert refusals(report) == [
        ("guides.jsonl:2", "bad-json"),
        ("guides.jsonl:3", "bad-json"),
        ("guides.jsonl:5", "bad-field"),
    ]


def test_a_folder_of_markdown(tmp_path):
    (tmp_path / "README.md").write_text("# 설명", encoding="utf-8")
    (tmp_path / "a.md").write_text(
        "---\nid: a\ntitle: 제목\nkeywords: [가, '120']\nrevised: 2026-11-22\nsample: true\n---\n\n본문\n\n---\n끝\n",
        encoding="utf-8",
    )
    (tmp_path / "b.md").write_text("---\nid: b\ntitle: [열림\n---\n본문", encoding="utf-8")
    (tmp_path / "c.md").write_text("머리말 없음", encoding="utf-8")
    (tmp_path / "d.md").write_text("---\nid: d\ntitle: 제목\n---\n", encoding="utf-8")
    report = import_articles(tmp_path, TODAY)
    assert ids(report) == ["a"]
    assert report.accepted[0].body == "본문\n\n---\n끝"
    assert report.accepted[0].keywords == ("가", "120")
    assert [code for _, code in refusals(report)] == ["bad-yaml", "bad-yaml", "missing-body"]
    assert refusals(report)[0][0].startswith("b.md:")


def test_what_cannot_be_read_at_all(read, tmp_path):
    with pytest.raises(NotFound):
        import_articles(tmp_path / "none.csv", TODAY)
    with pytest.raises(BadArticle):
        read("guides.xlsx", "PK")


def test_an_empty_file_holds_nothing(read):
    assert read("guides.csv", "") == import_articles_of_nothing(read)


def import_articles_of_nothing(read):
    return read("guides.jsonl", "")


def test_korean_columns_and_days_of_validity(read):
    report = read(
        "guides.csv",
        "번호,제목,내용,부서,자치구,확인일,시작일,종료일\n"
        "1,가,나,세무과,마포구,2026.2.1,2026-03-01,2026-12-31\n"
        "2,가,나,,,,2026-03-01,2026-02-01\n"
        f"3,가,나,{'과' * 101},,,,\n",
    )
    (article,) = report.accepted
    assert (article.department, article.district, article.checked) == (
        "세무과", "마포구", dt.date(2026, 2, 1)
    )  # fmt: skip
    assert (article.valid_from, article.valid_until) == (dt.date(2026, 3, 1), dt.date(2026, 12, 31))
    assert refusals(report) == [("guides.csv:3", "bad-period"), ("guides.csv:4", "field-too-long")]


def test_who_has_no_date_of_revision_is_told(read):
    report = read("guides.csv", "id,title,body,revised\na,가,나,2026-01-01\nb,가,나,\n")
    assert report.undated == {"b"}
    assert read("guides.csv", "번호,제목,내용\nc,가,나\n").undated == {"c"}


def test_a_folder_of_everything(tmp_path):
    (tmp_path / "tax").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.md").write_text("---\ntitle: x\n---\nx", encoding="utf-8")
    (tmp_path / "README.md").write_text("# 설명", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("쪽지", encoding="utf-8")
    (tmp_path / "tax" / "car tax.md").write_text("---\ntitle: 자동차세\n---\n6월과 12월", encoding="utf-8")
    (tmp_path / "tax" / "local.html").write_text("<title>지방세</title><p>이택스", encoding="utf-8")
    (tmp_path / "more.jsonl").write_text('{"id": "z", "title": "가", "body": "나"}', encoding="utf-8")
    told = []
    report = import_articles(tmp_path, TODAY, on_file=lambda done, of: told.append((done, of)))
    assert not report.refused
    assert ids(report) == ["z", "tax-car-tax", "tax-local"]
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_what_is_missing_is_told_only_when_it_is_sure():
    assert missing({"a", "b", "c"}, {"a", "b", "d"}, refused=0) == ["c"]
    assert missing({"a"}, {"a"}, refused=3) == []
    with pytest.raises(BadArticle, match="거절한 행이 1건"):
        missing({"a", "b", "c"}, {"a", "b"}, refused=1)
    assert missing({"a", "b"}, {"a"}, refused=0) == ["b"]
    with pytest.raises(TooManyMissing):
        missing({"a", "b", "c"}, {"a"}, refused=0)
    with pytest.raises(TooManyMissing):
        missing({"a"}, set(), refused=0)
