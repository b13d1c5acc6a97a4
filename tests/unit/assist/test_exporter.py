import datetime as dt
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assist.exporter import export_articles, file_name_of, markdown_of
from assist.importer import import_articles, import_bytes
from contracts.errors import BadArticle, BadSetting
from store.articles import StoredArticle
from store.version_rows import article_of, clean, text_of

DAY = dt.date(2026, 3, 1)
TRICKY = (
    "여권", "12", "2026-11-22", "1:30", "예", "null", "true", "- 하나", "[열림", "'", '"', "a: b", "# 제목", "가, 나",
    "...", "---", "줄\n줄", "끝\\", "~", "@", "\u2028", "\x7f", "🎫", "1e5",
)  # fmt: skip
LINES = st.one_of(st.sampled_from(TRICKY), st.text(max_size=30))
DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))
ARTICLES = st.builds(
    StoredArticle,
    article_id=st.from_regex(r"\A[\w.-]{1,100}\Z"),
    title=LINES.filter(lambda text: text.strip("\0 \n\r\t")),
    body=st.lists(LINES, min_size=1).map("\n".join),
    category=LINES,
    department=LINES,
    district=st.just("마포구"),
    agency=LINES,
    keywords=st.lists(LINES, max_size=3).map(tuple),
    revised=DAYS,
    checked=st.none() | DAYS,
    source=LINES,
    sample=st.booleans(),
    valid_from=st.none() | DAYS.map(lambda day: day.replace(year=1999)),
    valid_until=st.none() | DAYS,
)


@settings(max_examples=40, deadline=None)
@given(st.lists(ARTICLES, max_size=3, unique_by=lambda article: article.article_id.lower()), st.booleans())
def test_what_is_exported_is_imported_unchanged(some, as_lines):
    kept = []
    for article in some:  # as `versions.save` would have cleaned them
        cleaned = article_of(article.article_id, clean(text_of(article)), 1, DAY)
        if cleaned.title and cleaned.body:
            kept.append(cleaned)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("guides.jsonl" if as_lines else "guides")
        assert export_articles(kept, path) == len(kept)
        report = import_articles(path, dt.date(2020, 1, 1))
    assert report.refused == ()
    by_id = {article.article_id: article for article in report.accepted}
    assert by_id == {article.article_id: article for article in kept}
    assert not report.undated


def test_a_file_is_good_to_read(article):
    one = article("a", "여권 재발급", "본문", keywords=("여권", "119"), district="마포구", valid_until=DAY)
    assert markdown_of(replace(one, sample=False)) == (
        "---\nid: a\ntitle: 여권 재발급\ndistrict: 마포구\n"
        'keywords: [여권, "119"]\nrevised: 2026-01-01\nvalid_until: 2026-03-01\n---\n\n본문\n'
    )


def test_names_that_no_import_passes_over():
    assert file_name_of("여권-1.2") == "여권-1.2.md"
    odd = {file_name_of(name) for name in (".hidden", "..", "README", "-", "가" * 100)}
    assert len(odd) == 5
    assert all(name.startswith("id-") and len(name) == 22 for name in odd)


def test_a_folder_that_holds_something_is_left_alone(tmp_path, article):
    (tmp_path / "mine.md").write_text("내 글", encoding="utf-8")
    with pytest.raises(BadSetting):
        export_articles([article("a", "가")], tmp_path)
    with pytest.raises(BadSetting):
        export_articles([article("a", "가")], tmp_path / "mine.md" / "x")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.md"]


def test_a_file_that_somebody_sends():
    report = import_bytes("---\ntitle: 제목\n---\n본문".encode(), "../../여권 안내.md", DAY)
    assert [(one.article_id, one.revised) for one in report.accepted] == [("여권-안내", DAY)]
    assert import_bytes(b"{", "x.JSONL", DAY).refused[0].where == "x.JSONL:1"
    for name in ("", "x.exe"):
        with pytest.raises(BadArticle):
            import_bytes(b"x", name, DAY)
