import datetime as dt

import pytest

from assist.article_fields import RowRefused
from assist.article_html import MAX_PAGE_BYTES, page_of
from assist.importer import import_articles

PAGE = """<!doctype html>
<html lang="ko"><head>
<title>여권 재발급 | 우리 구청</title>
<meta charset="utf-8">
<meta name="keywords" content="여권, 재발급">
<meta property="article:modified_time" content="2026-03-01T09:00:00+09:00">
<meta name="valid_until" content="2026.12.31">
<link rel="canonical" href="https://example.org/passport">
<style>p { color: red }</style>
</head><body>
<header><h1>우리 구청</h1></header>
<nav><ul><li><a href="/">처음</a></li></ul></nav>
<main>
  <h1>여권 재발급 &amp; 분실</h1>
  <p>신분증을 가지고 <strong>구청</strong>에
     <a href="https://example.org/apply">신청</a>하고, <a href="javascript:go()">이것</a>도 봅니다.
     5 &lt; 6&nbsp;입니다.</p>
  <h2>준비물</h2>
  <ul><li>신분증</li><li>사진<ul><li>3.5cm x 4.5cm</li></ul></li></ul>
  <ol><li>접수</li><li>수령</li></ol>
  <h3>수수료</h3>
  <table>
    <tr><th>나이</th><th>금액</th></tr>
    <tr><td>18세 이상</td><td>53,000원</td></tr>
  </table>
  <script>alert("x")</script>
  <div hidden>숨김</div>
  <form><button>보내기</button></form>
  <p><img src="map.png" alt="약도"></p>
  <footer>꼬리</footer>
</main>
</body></html>
"""

BODY = """신분증을 가지고 **구청**에 [신청](https://example.org/apply)하고, 이것도 봅니다. 5 < 6 입니다.

## 준비물

- 신분증
- 사진
  - 3.5cm x 4.5cm

1. 접수
2. 수령

### 수수료

| 나이 | 금액 |
| --- | --- |
| 18세 이상 | 53,000원 |

약도"""


def test_a_page_is_what_it_says():
    assert page_of(PAGE.encode()) == {
        "title": "여권 재발급 & 분실",
        "body": BODY,
        "keywords": "여권, 재발급",
        "revised": "2026-03-01",
        "valid_until": "2026-12-31",
        "source": "https://example.org/passport",
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_charsets(encoding):
    page = '<meta charset="euc-kr"><title>똠방각하</title><p>펭귄의 내용'.encode(encoding)
    assert page_of(page) == {"title": "똠방각하", "body": "펭귄의 내용"}
    undeclared = "<title>여권</title><p>내용".encode(encoding)
    assert page_of(undeclared) == {"title": "여권", "body": "내용"}


def test_bytes_that_are_no_text_are_refused():
    refused = page_of(b"<title>\xff\xfa\x81</title>")
    assert isinstance(refused, RowRefused)
    assert refused.code == "bad-encoding"


@pytest.mark.parametrize(
    ("page", "body"),
    [
        ("<ul><li>하나<li>둘</ul>셋", "- 하나\n- 둘\n\n셋"),
        ("<p>하나<p>둘<b>셋", "하나\n\n둘**셋**"),
        ("<table><tr><td>가<td>나<tr><td>다<td>라</table>", "| 가 | 나 |\n| --- | --- |\n| 다 | 라 |"),
        ("하나</div></p><br>둘 &copy; &#44032; &nope;", "하나\n둘 © 가 &nope;"),
        ("<p>&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("", ""),
    ],
)
def test_broken_pages_are_read_as_a_browser_does(page, body):
    assert page_of(f"<title>제목</title><body>{page}".encode())["body"] == body


def test_a_page_within_a_page_does_not_hurt():
    deep = page_of(("<title>깊이</title>" + "<div>" * 5000 + "바닥").encode())
    assert isinstance(deep, RowRefused) or deep["title"] == "깊이"


def test_without_a_mark_the_sites_own_header_goes():
    page = "<body><div><header><h1>우리 구청</h1><ul><li>메뉴</ul></header><h1>소파</h1><p>신고합니다.</div>"
    assert page_of(page.encode()) == {"title": "소파", "body": "신고합니다."}
    alone = "<body><header><h1>소파</h1></header><p>신고합니다."
    assert page_of(alone.encode()) == {"title": "소파", "body": "신고합니다."}


def test_the_date_of_a_page_may_stand_in_its_text():
    page = "<main><h1>가</h1><p>나 <time datetime='2026-02-03'>어제</time> <time>2026. 5. 4.</time></main>"
    assert page_of(page.encode())["revised"] == "2026-5-4"
    server = '<meta http-equiv="last-modified" content="Mon, 02 Mar 2026 10:00:00 GMT"><title>가</title><p>나'
    assert "revised" not in page_of(server.encode())


def test_a_folder_of_pages(tmp_path):
    (tmp_path / "passport.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "empty.htm").write_text("<title>빈 글</title>", encoding="utf-8")
    (tmp_path / "long.html").write_bytes(b"<p>" + b"x" * MAX_PAGE_BYTES)
    report = import_articles(tmp_path, dt.date(2026, 11, 22))
    (article,) = report.accepted
    assert (article.article_id, article.title) == ("passport", "여권 재발급 & 분실")
    assert article.revised == dt.date(2026, 3, 1)
    assert article.valid_until == dt.date(2026, 12, 31)
    assert [(refusal.where, refusal.code) for refusal in report.refused] == [
        ("empty.htm:1", "missing-body"),
        ("long.html:1", "page-too-long"),
    ]
