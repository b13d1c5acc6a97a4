"""What changed in a folder of guides since it was last read. Pure: looks and contents come as data."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Final

SETTLED_NS: Final = 2_000_000_000
"""A file that was written within the last two seconds may not be whole yet: its turn is the next look."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a look at a file tells without reading it."""

    mtime_ns: int
    size: int


@dataclass(frozen=True, slots=True)
class Known:
    """A file as it was last read."""

    stamp: Stamp
    digest: bytes
    """Of its bytes: a file that was only touched, copied or checked out again is not read again."""
    ids: frozenset[str]
    """Articles in it."""
    refused: int
    """Rows in it that could not be read."""


@dataclass(slots=True)
class FolderChanges:
    """Remembers the files of one folder, by their path within it."""

    files: dict[str, Known] = field(default_factory=dict)
    _missing: frozenset[str] = frozenset()

    def look(self, stamps: Mapping[str, Stamp], now_ns: int) -> tuple[list[str], list[str]]:
        """Compare with the files that are there now.

        Returns:
            The files to be read, in their order, and those that vanished.
        """
        suspects = [
            name
            for name, stamp in sorted(stamps.items())
            if not 0 <= now_ns - stamp.mtime_ns < SETTLED_NS
            and ((known := self.files.get(name)) is None or known.stamp != stamp)
        ]
        return suspects, sorted(self.files.keys() - stamps.keys())

    def is_same(self, name: str, stamp: Stamp, digest: bytes) -> bool:
        """Whether the file was only touched; then its new stamp is remembered."""
        known = self.files.get(name)
        if known is None or known.digest != digest:
            return False
        self.files[name] = replace(known, stamp=stamp)
        return True

    def owners(self, without: AbstractSet[str]) -> dict[str, str]:
        """Article ids and the files that have them, but for some files."""
        return {
            article_id: name
            for name, known in self.files.items()
            if name not in without
            for article_id in known.ids
        }

    def forget(self, vanished: list[str]) -> None:
        """Files are gone. What was refused in others is read again: it may have been their duplicate."""
        for name in vanished:
            del self.files[name]
        if vanished:
            self.files = {name: known for name, known in self.files.items() if not known.refused}

    @property
    def ids(self) -> set[str]:
        """Articles of all files."""
        return set(self.owners(frozenset()))

    @property
    def refused(self) -> int:
        """Rows that could not be read, of all files."""
        return sum(known.refused for known in self.files.values())

    def missing_twice(self, missing: AbstractSet[str]) -> list[str]:
        """Of the articles that are missing now, those that were missing the last time as well.

        A folder that is being replaced, by `git pull` or a copy, is empty for a moment.
        """
        both = sorted(self._missing & missing)
        self._missing = frozenset(missing)
        return both
