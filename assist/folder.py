"""A folder of guides that is looked at again and again; what changed there is published.

Several processes may read the same folder: an import of the same text changes nothing. What changed is told in
`folder_changes.py`; here it meets the disk, the clock and the database.
"""

import asyncio
import datetime as dt
import hashlib
import logging
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assist.article_fields import Refusal
from assist.folder_changes import FolderChanges, Known, Stamp
from assist.importer import Imported, ImportReport, files_of, missing, place_of, read_file, report_of
from contracts.clock import Clock, wall_ms
from contracts.errors import NotFound, SangdamError
from store import bulk, imports
from store.database import Database

log = logging.getLogger(__name__)

EVERY_S: Final = 30.0
"""Between two looks. A look at 10,000 files takes a tenth of a second."""

AT_ONCE: Final = 500
"""Files that are read and written together: what of a first reading is in memory at a time."""

_TOLD: Final = 20
"""Refusals of one look that are logged; the others are counted."""


@dataclass(slots=True)
class FolderCounts:
    """What operators want to know; read by the application for its metrics."""

    looks: int = 0
    written: int = 0
    """Articles that were new or changed."""
    retired: int = 0
    refused: int = 0
    """Rows that cannot be read, as of the last look; no sum."""
    failures: int = 0
    """Looks that failed."""


class FolderReader:
    """Reads one folder for as long as it runs."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        *,
        every_s: float = EVERY_S,
        retire_missing: bool = False,
        clock: Clock = wall_ms,
        timezone: str = "Asia/Seoul",
    ) -> None:
        """Prepare; nothing is read yet.

        Args:
            database: where the guides go.
            folder: of files that `importer` reads.
            every_s: from the end of one look to the next.
            retire_missing: retire the articles whose files vanished; else they stay until somebody does.
            clock: wall time.
            timezone: where "today" begins, the date of revision of guides that tell none.
        """
        self.counts = FolderCounts()
        self._database = database
        self._folder = folder
        self._every_s = every_s
        self._retire = retire_missing
        self._clock = clock
        self._zone = zoneinfo.ZoneInfo(timezone)
        self._changes = FolderChanges()
        self._may_miss = retire_missing
        """There may be articles whose files are gone; at first nobody knows."""
        self._trouble = ""

    async def run(self) -> None:
        """Look until cancelled. What goes wrong is told once, counted, and tried again with the next look."""
        while True:
            try:
                await self.look()
                self._tell("")
            except (SangdamError, OSError) as error:
                self.counts.failures += 1
                self._tell(str(error))
            except Exception as error:
                self.counts.failures += 1
                if self._trouble != repr(error):
                    log.exception("guides in %s could not be read", self._folder)
                self._trouble = repr(error)
            await asyncio.sleep(self._every_s)

    async def look(self) -> int:
        """Publish what is new or changed since the last look.

        Returns:
            How many articles were written.

        Raises:
            NotFound, OSError: the folder cannot be read; what is published stays.
            Unavailable: the database is away. The next look does it.
        """
        self.counts.looks += 1
        stamps = await asyncio.to_thread(self._stamps)
        suspects, vanished = self._changes.look(stamps, self._clock() * 1_000_000)
        self._changes.forget(vanished)
        if vanished:
            suspects, _ = self._changes.look(stamps, self._clock() * 1_000_000)
        written, told = 0, 0
        for start in range(0, len(suspects), AT_ONCE):
            some = {name: stamps[name] for name in suspects[start : start + AT_ONCE]}
            read, report = await asyncio.to_thread(self._read, some)
            written += await self._publish(report)
            # Only now: what did not reach the database is read again.
            self._changes.files.update(read)
            told = _tell_refused(report.refused, told)
            self._may_miss = self._may_miss or bool(read)
        self._may_miss = self._retire and (self._may_miss or bool(vanished))
        self.counts.written += written
        self.counts.refused = self._changes.refused
        if self._may_miss:
            await self._retire_missing()
        if written:
            log.info("%d guides of %s are new or changed", written, self._folder)
        return written

    def _stamps(self) -> dict[str, Stamp]:
        if not self._folder.is_dir():
            raise NotFound(
                f"안내문 폴더 {self._folder}이(가) 없습니다. SANGDAM_GUIDES를 확인하십시오.",
                f"there is no folder of guides {self._folder}. Check SANGDAM_GUIDES.",
            )
        stamps: dict[str, Stamp] = {}
        for file in files_of(self._folder):
            stat = file.stat()
            stamps[file.relative_to(self._folder).as_posix()] = Stamp(stat.st_mtime_ns, stat.st_size)
        return stamps

    def _read(self, some: dict[str, Stamp]) -> tuple[dict[str, Known], ImportReport]:
        """The contents of files that are not as they were; blocks."""
        read: dict[str, Known] = {}
        items: list[Imported | Refusal] = []
        digests = {name: hashlib.blake2b(self._bytes(name), digest_size=16).digest() for name in some}
        differ = [name for name in some if not self._changes.is_same(name, some[name], digests[name])]
        seen = self._changes.owners(set(differ))
        today = dt.datetime.fromtimestamp(self._clock() / 1000, self._zone).date()
        for name in differ:
            mine = list(read_file(self._folder / name, self._folder, today, seen))
            read[name] = Known(
                stamp=some[name],
                digest=digests[name],
                ids=frozenset(item.article.article_id for item in mine if isinstance(item, Imported)),
                refused=sum(isinstance(item, Refusal) for item in mine),
            )
            items += mine
        return read, report_of(items)

    def _bytes(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except OSError:
            return b""  # `read_file` tells why

    async def _publish(self, report: ImportReport) -> int:
        return await bulk.import_all(
            self._database,
            report.accepted,
            self._clock(),
            place=place_of(self._folder),
            undated=report.undated,
        )

    async def _retire_missing(self) -> None:
        """Retire what is gone, when it is gone for the second time, nothing was refused, and most is there."""
        async with self._database.session() as session:
            before = await imports.imported_from(session, place_of(self._folder))
        there = self._changes.ids
        gone = self._changes.missing_twice(before - there)
        self._may_miss = bool(before - there)
        missing(before, there, self._changes.refused)
        if gone:
            retired = await bulk.retire_all(self._database, gone, self._clock())
            self.counts.retired += retired
            log.warning("%d guides whose files vanished from %s are retired", retired, self._folder)

    def _tell(self, trouble: str) -> None:
        """Log a trouble once, and that it is over."""
        if trouble and trouble != self._trouble:
            log.error("%s", trouble)
        elif self._trouble and not trouble:
            log.warning("guides in %s are read again", self._folder)
        self._trouble = trouble


def _tell_refused(refused: Sequence[Refusal], told: int) -> int:
    for refusal in refused[: max(0, _TOLD - told)]:
        log.warning("%s: %s / %s", refusal.where, refusal.ko, refusal.en)
    if told < _TOLD < told + len(refused):
        log.warning("more than %d rows were refused; the others are not listed", _TOLD)
    return told + len(refused)
