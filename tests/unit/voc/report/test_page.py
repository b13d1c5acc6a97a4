"""The report as people get it: a page that stands alone, a PDF with Korean in it, tables that harm nobody."""

import csv
import io
import re
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pytest
from bs4 import BeautifulSoup
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from pyarrow import BufferReader, parquet

from contracts.errors import SangdamError
from contracts.voc import AlertHead
from tests.unit.voc.report.test_figures import LABELS, SINCE_MS, ZONE, cells, finding, material
from voc.report.alerts import AlertRecord
from voc.report.figures import weekly
from voc.report.files import HourRow, to_csv, to_parquet, to_pdf
from voc.report.page import minutes, number, page, share

HOUR = SINCE_MS // 3_600_000


@pytest.fixture(scope="module")
def html() -> str:
    record = AlertRecord(finding(title="<script>alert(1)</script> 중구"), AlertHead())
    return page(weekly(material(alerts=[record])))


def test_the_page_stands_alone_and_runs_nothing(html: str) -> None:
    tree = BeautifulSoup(html, "lxml")
    assert tree.html is not None
    assert tree.html["lang"] == "ko"
    assert tree.title is not None
    assert tree.find(("script", "link", "img", "iframe", "object", "form")) is None
    assert not any(
        name.startswith("on") or name in {"src", "href"} for tag in tree.find_all(True) for name in tag.attrs
    )
    assert "url(" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 중구" in html


def test_the_page_is_read_aloud_in_order(html: str) -> None:
    tree = BeautifulSoup(html, "lxml")
    levels = [int(heading.name[1]) for heading in tree.find_all(re.compile("^h[1-6]$"))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
    for table in tree.find_all("table"):
        assert table.caption is not None
        assert all(cell.get("scope") in {"col", "row"} for cell in table.find_all("th"))
    for picture in tree.find_all("svg"):
        assert picture.get("aria-hidden") == "true" or (picture["role"] == "img" and picture.find("title"))
    for part in tree.find_all("section"):
        assert tree.find(id=part["aria-labelledby"]) is not None


def test_simulated_contacts_are_marked() -> None:
    assert "모의 자료가 들어 있습니다" not in page(weekly(material()))
    simulated = [type(cell)(cell.day, cell.topic, cell.district, 20, 0, 20) for cell in cells(20, 8)]
    assert "모의 자료가 들어 있습니다" in page(weekly(material(cells=simulated)))


def test_figures_as_people_write_them() -> None:
    assert [number(value) for value in (None, 0, 1234, 1234.5, 2.0, 0.25)] == [
        "–",
        "0",
        "1,234",
        "1,234",
        "2",
        "0.2",
    ]
    assert [minutes(value) for value in (None, 0.5, 12.4, 65, 120, 26 * 60)] == [
        "–",
        "30초",
        "12분",
        "1시간 5분",
        "2시간",
        "1일 2시간",
    ]
    assert [share(value) for value in (None, 0.123)] == ["–", "12.3 %"]


async def test_the_pdf_holds_korean_text_and_its_structure_and_fetches_nothing(tmp_path, html: str) -> None:
    secret = tmp_path / "secret.html"
    secret.write_text("비밀입니다")
    asking = f'<link rel="stylesheet" href="file://{secret}"><object data="file://{secret}"></object></body>'
    made = await to_pdf(html.replace("</body>", asking))
    document = pypdfium2.PdfDocument(made)
    text = "".join(document[at].get_textpage().get_text_range() for at in range(len(document)))
    assert "주간 정책 보고서 2026-W47" in text
    assert "가장 뚜렷이 늘어난 일" in text
    assert "마포구" in text, "in the map or its table"
    assert "\ufffd" not in text
    assert "비밀" not in text
    assert document.get_metadata_dict()["Title"] == "주간 정책 보고서 2026-W47"
    assert document.is_tagged()
    assert document[0].render(scale=1).to_numpy().std() > 10, "and there is ink"


async def test_without_the_extra_it_says_what_to_install(tmp_path, monkeypatch, html: str) -> None:
    """A real child that cannot import the libraries."""
    for name in ("weasyprint", "pyarrow"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('No module named it')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(SangdamError, match="WeasyPrint") as pdf:
        await to_pdf(html)
    assert "sangdam[report]" in pdf.value.ko
    assert "sangdam[report]" in pdf.value.en
    with pytest.raises(SangdamError, match="pyarrow"):
        await to_parquet([], {})


async def test_without_pango_it_says_what_to_install(tmp_path, monkeypatch, html: str) -> None:
    (tmp_path / "weasyprint.py").write_text("raise OSError(\"cannot load library 'libpango-1.0-0'\")")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(SangdamError, match="libpango") as error:
        await to_pdf(html)
    assert "apt install" in error.value.ko


@pytest.mark.parametrize("has_letters", [False, True], ids=["no font at all", "a font of Latin letters"])
async def test_without_a_korean_font_it_says_what_to_install(
    tmp_path, monkeypatch, has_letters: bool
) -> None:
    """A real fontconfig that knows no Korean font."""
    if has_letters:
        latin_font(tmp_path / "latin.ttf")
    config = tmp_path / "fonts.conf"
    config.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{tmp_path}</dir><cachedir>{tmp_path}/cache</cachedir></fontconfig>"
    )
    monkeypatch.setenv("FONTCONFIG_FILE", str(config))
    with pytest.raises(SangdamError, match="fonts-noto-cjk"):
        await to_pdf('<html lang="ko"><p>주간 보고서</p></html>')


def latin_font(path: Path) -> None:
    """A font whose only letter is A, a square."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 500), (500, 500), (500, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    font = FontBuilder(1000)
    font.setupGlyphOrder([".notdef", "A"])
    font.setupCharacterMap({ord("A"): "A"})
    font.setupGlyf({".notdef": square, "A": square})
    font.setupHorizontalMetrics({".notdef": (600, 0), "A": (600, 0)})
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": "Latin", "styleName": "Regular"})
    font.setupOS2()
    font.setupPost()
    font.save(path)


async def test_a_child_that_takes_too_long_is_ended(monkeypatch, tmp_path, html: str) -> None:
    (tmp_path / "weasyprint.py").write_text("import time\ntime.sleep(60)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(SangdamError, match="1 s"):
        await to_pdf(html, limit_s=1.0)


ROWS = [
    HourRow(HOUR, "3020", "마포구", 7, 2, 0),
    HourRow(HOUR + 1, "=HYPERLINK(1)", "@중구", 1, 0, 1),
    HourRow(HOUR + 2, "", "", 3, 0, 0),
]


def test_csv_opens_in_a_spreadsheet_and_runs_nothing_there() -> None:
    raw = to_csv(ROWS, LABELS | {"=HYPERLINK(1)": "-1+1|cmd"}, ZONE)
    assert raw.startswith("\ufeff시각 ".encode())
    head, *rows = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    assert len(head) == 7
    assert rows[0] == ["2026-11-16T00:00+09:00", "3020", "상하수도 > 누수·단수·수질", "마포구", "7", "2", "0"]
    assert rows[1][1:4] == ["'=HYPERLINK(1)", "'-1+1|cmd", "'@중구"]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)


async def test_parquet_holds_the_same_rows() -> None:
    table = parquet.read_table(BufferReader(await to_parquet(ROWS, LABELS)))
    assert table.num_rows == 3
    first = table.slice(0, 1).to_pylist()[0]
    assert first["hour"].timestamp() == HOUR * 3600
    assert (first["topic"], first["label"], first["district"], first["contacts"]) == (
        "3020",
        LABELS["3020"],
        "마포구",
        7,
    )
    assert (await to_parquet([], LABELS))[:4] == b"PAR1", "a week without contacts too"
