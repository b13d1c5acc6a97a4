"""`python -m voc.report.child pdf|parquet`: stdin to stdout. What went wrong is one line of JSON on stderr.

WeasyPrint and pyarrow come with the extra `report`; WeasyPrint needs Pango of the system, and a Korean font.
"""

import json
import logging
import sys
import warnings
from typing import Any, Final

from contracts.errors import BadSetting, SangdamError

_INSTALL: Final = "pip install 'sangdam[report]'"


def to_pdf(html: str) -> bytes:
    """A tagged PDF (PDF/UA-1): headings, tables and pictures' titles stay what they are for readers aloud.

    Raises:
        BadSetting: WeasyPrint or Pango is missing, or there is no font with Korean letters.
    """
    # It warns when it is imported where there is no font at all, and then Pango brings the process down.
    warnings.filterwarnings("error", message="No fonts configured|FontConfig cannot load")
    try:
        from weasyprint import HTML, URLFetcher  # noqa: PLC0415  large, and not there without the extra
    except UserWarning:
        raise _no_font() from None
    except ImportError as error:
        raise BadSetting(
            f"PDF를 만들 WeasyPrint가 없습니다({error}). {_INSTALL} 로 설치하십시오. HTML과 CSV는 만들었습니다.",
            f"no PDF: WeasyPrint is missing ({error}). Install it with {_INSTALL}. HTML and CSV were made.",
        ) from None
    except OSError as error:
        raise BadSetting(
            f"PDF를 만들 Pango를 찾지 못했습니다({_short(error)}). 데비안·우분투에서는 apt install libpango-1.0-0 libpangoft2-1.0-0 "
            "libharfbuzz-subset0 으로 설치하십시오. HTML과 CSV는 만들었습니다.",
            f"no PDF: Pango of the system is missing ({_short(error)}). On Debian and Ubuntu: apt install libpango-1.0-0 "
            "libpangoft2-1.0-0 libharfbuzz-subset0. HTML and CSV were made.",
        ) from None
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    # The page stands alone: whatever it would fetch, it may not.
    alone = URLFetcher(allowed_protocols=())
    document = HTML(string=html, base_url=None, url_fetcher=alone).render()
    made: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    if _without_hangul(document):
        raise _no_font()
    return made


def _no_font() -> BadSetting:
    return BadSetting(
        "PDF를 만들 한글 글꼴이 없습니다. 데비안·우분투에서는 apt install fonts-noto-cjk 또는 fonts-nanum 으로 설치하십시오. "
        "HTML과 CSV는 만들었습니다.",
        "no PDF: no font of this machine has Korean letters. On Debian and Ubuntu: apt install fonts-noto-cjk, or "
        "fonts-nanum. HTML and CSV were made.",
    )


def _without_hangul(document: Any) -> bool:
    """Letters that no font had are boxes in the PDF. An older WeasyPrint does not tell; then we believe it."""
    fonts = document.fonts.values()
    return any(0xAC00 <= letter <= 0xD7A3 for font in fonts for letter in getattr(font, "missing", ()))


def to_parquet(columns: dict[str, list[Any]]) -> bytes:
    """Columns as Parquet; `hour` is ms since 1970.

    Raises:
        BadSetting: pyarrow is missing.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415  large, and not there without the extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise BadSetting(
            f"Parquet를 만들 pyarrow가 없습니다({error}). {_INSTALL} 로 설치하십시오. HTML과 CSV는 만들었습니다.",
            f"no Parquet: pyarrow is missing ({error}). Install it with {_INSTALL}. HTML and CSV were made.",
        ) from None
    words = pa.dictionary(pa.int32(), pa.string())
    types = {name: pa.int32() for name in ("contacts", "complaints", "simulated")}
    types |= dict.fromkeys(("topic", "label", "district"), words)
    types["hour"] = pa.timestamp("ms", tz="UTC")
    table = pa.table({name: pa.array(values, types[name]) for name, values in columns.items()})
    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink, compression="zstd")
    made: bytes = sink.getvalue().to_pybytes()
    return made


def _short(error: OSError) -> str:
    return " ".join(str(error).split())[:160]


def main() -> None:
    """One file."""
    given = sys.stdin.buffer.read()
    try:
        made = to_pdf(given.decode()) if sys.argv[1] == "pdf" else to_parquet(json.loads(given))
    except SangdamError as error:
        sys.stderr.write("\n" + json.dumps({"ko": error.ko, "en": error.en}, ensure_ascii=False) + "\n")
        sys.exit(1)
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
