"""Files of guides for the console, which knows articles and not their formats."""

import datetime as dt

from assist.importer import import_bytes
from console.guide_import import ReadGuides


def read_guides(data: bytes, file_name: str) -> ReadGuides:
    """An `ArticleReader`. Blocks.

    Raises:
        BadArticle: the file is of no kind we read.
    """
    report = import_bytes(data, file_name, dt.datetime.now(tz=dt.UTC).date())
    told = [f"{refusal.where}: {refusal.ko}" for refusal in report.refused]
    return ReadGuides(report.accepted, told, report.undated)
