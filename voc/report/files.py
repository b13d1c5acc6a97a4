"""A week's contacts by hour, topic and district, for those who count on: CSV and Parquet; and the page as PDF.

PDF and Parquet are made by a child process (`report_child.py`): their libraries are large, a layout cannot be
interrupted within a process, and the child's memory goes when it ends.
"""

import asyncio
import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from contracts.errors import SangdamError

CHILD_S: Final = 120.0
"""A report of a year's worst week takes about five on one core."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula (OWASP, CSV injection)."""
_HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True)
class HourRow:
    hour: int
    """Hours since 1970, UTC."""
    topic: str
    district: str
    contacts: int
    complaints: int
    simulated: int


def to_csv(rows: Sequence[HourRow], labels: Mapping[str, str], zone: tzinfo) -> bytes:
    """UTF-8 with the mark that Excel wants, CRLF; nothing in it is taken for a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(
        (
            "시각 hour",
            "상담유형 코드 topic",
            "상담유형 label",
            "구 district",
            "상담 contacts",
            "불만 표현 complaints",
            "모의 simulated",
        )
    )
    for row in rows:
        at = datetime.fromtimestamp(row.hour * _HOUR_S, zone).isoformat(timespec="minutes")
        words = (row.topic, labels.get(row.topic, ""), row.district)
        writer.writerow((at, *map(_harmless, words), row.contacts, row.complaints, row.simulated))
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


async def to_pdf(html: str, limit_s: float = CHILD_S) -> bytes:
    """The page as PDF/UA.

    Raises:
        SangdamError: WeasyPrint, Pango or a Korean font is missing, or it took too long.
    """
    return await _child("pdf", html.encode(), limit_s)


async def to_parquet(rows: Sequence[HourRow], labels: Mapping[str, str], limit_s: float = CHILD_S) -> bytes:
    """The same rows as the CSV's, the hour as a UTC time stamp.

    Raises:
        SangdamError: pyarrow is missing, or it took too long.
    """
    columns = {
        "hour": [row.hour * _HOUR_S * 1000 for row in rows],
        "topic": [row.topic for row in rows],
        "label": [labels.get(row.topic, "") for row in rows],
        "district": [row.district for row in rows],
        "contacts": [row.contacts for row in rows],
        "complaints": [row.complaints for row in rows],
        "simulated": [row.simulated for row in rows],
    }
    return await _child("parquet", json.dumps(columns).encode(), limit_s)


async def _child(what: str, given: bytes, limit_s: float) -> bytes:
    """What the child writes; it is killed when it takes too long, or when nobody waits any more."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # the folder it starts in is no place for modules
        "-m",
        "voc.report.child",
        what,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(limit_s):
            made, said = await process.communicate(given)
    except TimeoutError:
        raise SangdamError(
            f"보고서의 {what} 파일을 {limit_s:.0f}초 안에 만들지 못했습니다. 컴퓨터가 한가할 때 다시 만드십시오.",
            f"the report's {what} was not made within {limit_s:.0f} s; ask for it again when the machine is less busy.",
        ) from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        raise _told(what, said)
    return made


def _told(what: str, said: bytes) -> SangdamError:
    """The child's last line, which is an error of ours, or else whatever it was."""
    last = said.decode(errors="replace").strip().rpartition("\n")[2]
    try:
        told = json.loads(last)
        return SangdamError(told["ko"], told["en"])
    except (ValueError, TypeError, KeyError):
        return SangdamError(
            f"보고서의 {what} 파일을 만들다 멈췄습니다({last[:200]}).",
            f"making the report's {what} failed: {last[:200]}.",
        )
