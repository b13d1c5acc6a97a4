"""Labelled data: TSV files with a header."""

import csv
from pathlib import Path

from contracts.errors import BadInput


def read_tsv(path: Path, *columns: str) -> list[dict[str, str]]:
    """Rows that have all of `columns`, at least one; other columns are kept.

    Raises:
        BadInput: no such file, not UTF-8 text, or no such row.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.DictReader(file, delimiter="\t") if all(row.get(c) for c in columns)]
    except OSError as error:
        raise BadInput(
            f"'{path}'을(를) 읽을 수 없습니다({error.strerror}). 경로를 확인하십시오.",
            f"cannot read '{path}' ({error.strerror}); check the path.",
        ) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(
            f"'{path}'은(는) 글자 파일이 아닙니다. UTF-8 TSV로 저장하십시오.",
            f"'{path}' is no text ({error}); save it as TSV in UTF-8.",
        ) from None
    if not rows:
        wanted = ", ".join(columns)
        raise BadInput(
            f"'{path}'에 쓸 수 있는 줄이 없습니다. {wanted} 열이 있어야 합니다(TSV).",
            f"no usable rows in '{path}'; it needs TSV columns {wanted}.",
        )
    return rows
