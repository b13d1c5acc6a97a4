"""The editor's list: articles, what is open of them, their use and flags; filtered, sorted, a page of it. Pure."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from console.flags import Judge
from contracts.guides import GuideEntry, GuideFlag, GuideStatus, GuideUse, GuideVersion
from store.shelf import ArticleLine

Sort = Literal["title", "use", "stale"]

MAX_PAGE: Final = 200

_NONE: Final = GuideUse()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the list somebody wants to see; an empty string: whatever."""

    text: str = ""
    """Words that title, id, category, department or keywords hold, all of them."""
    flag: GuideFlag | Literal[""] = ""
    status: GuideStatus | Literal[""] = ""
    category: str = ""
    district: str = ""
    sort: Sort = "title"
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Shelved:
    """An article in the list."""

    title: str
    found_by: str
    category: str
    district: str
    last_looked: dt.date
    status: GuideStatus
    flags: tuple[GuideFlag, ...]
    use: GuideUse
    line: ArticleLine | None
    """None: it was never published."""
    open: GuideVersion | None

    def entry(self) -> GuideEntry:
        """For the page."""
        fields = _of_line(self.line) if self.line else _of_version(self.open)
        return GuideEntry(
            **fields,
            status=self.status,
            open_status=self.open.status if self.open else None,
            open_version=self.open.version if self.open else None,
            flags=self.flags,
            use=self.use,
        )


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What was published, judged; made once for many looks at it."""

    shelved: Mapping[str, Shelved]

    @classmethod
    def of(
        cls,
        lines: Iterable[ArticleLine],
        use: Mapping[str, GuideUse],
        here_since: Mapping[str, dt.date],
        judge: Judge,
    ) -> "Catalogue":
        """Judge all articles.

        `here_since` says when an article was first published; where it does not, the day of its text counts.
        """
        return cls({line.article_id: _shelved(line, use, here_since, judge) for line in lines})

    def with_open(self, versions: Mapping[str, GuideVersion]) -> list[Shelved]:
        """Everything there is: each article with its open version, and what was never published."""
        known = [
            _opened(one, versions[article_id]) if article_id in versions else one
            for article_id, one in self.shelved.items()
        ]
        return known + [_unpublished(one) for key, one in versions.items() if key not in self.shelved]

    def counts(self) -> Counter[str]:
        """Articles that agents see, under `published`; and those with each flag."""
        counted: Counter[str] = Counter()
        for one in self.shelved.values():
            if one.status == "published":
                counted["published"] += 1
                counted.update(one.flags)
        return counted


def page(shelved: Sequence[Shelved], wanted: Wanted) -> tuple[tuple[GuideEntry, ...], int]:
    """The wanted lines, and how many there are in all."""
    words = wanted.text.casefold().split()
    found = [one for one in shelved if _fits(one, wanted, words)]
    found.sort(key=_ORDER[wanted.sort])
    limit = min(max(wanted.limit, 0), MAX_PAGE)
    return tuple(one.entry() for one in found[wanted.offset : wanted.offset + limit]), len(found)


def _fits(one: Shelved, wanted: Wanted, words: Sequence[str]) -> bool:
    return (
        (not wanted.flag or wanted.flag in one.flags)
        and (not wanted.status or wanted.status in (one.status, one.open and one.open.status))
        and (not wanted.category or wanted.category == one.category)
        and (not wanted.district or wanted.district == one.district)
        and all(word in one.found_by for word in words)
    )


_ORDER: Final[Mapping[Sort, Callable[[Shelved], tuple[Any, ...]]]] = {
    "title": lambda one: (one.title,),
    "use": lambda one: (-one.use.shown, one.title),
    "stale": lambda one: (one.last_looked, one.title),
}


def _shelved(
    line: ArticleLine, use: Mapping[str, GuideUse], here_since: Mapping[str, dt.date], judge: Judge
) -> Shelved:
    used = use.get(line.article_id, _NONE)
    since = here_since.get(line.article_id, line.revised)
    return Shelved(
        title=line.title,
        found_by=_found_by(line.title, line.article_id, line.category, line.department, *line.keywords),
        category=line.category,
        district=line.district,
        last_looked=line.last_looked,
        status="retired" if line.retired else "published",
        flags=() if line.retired else judge.flags(line, used, since),
        use=used,
        line=line,
        open=None,
    )


def _opened(one: Shelved, version: GuideVersion) -> Shelved:
    found_by = f"{one.found_by}\n{version.text.title.casefold()}"
    return replace(one, found_by=found_by, open=version)


def _unpublished(version: GuideVersion) -> Shelved:
    text = version.text
    return Shelved(
        title=text.title,
        found_by=_found_by(text.title, version.article_id, text.category, text.department, *text.keywords),
        category=text.category,
        district=text.district,
        last_looked=dt.date.max,  # nothing that agents see could have grown stale
        status=version.status,
        flags=(),
        use=_NONE,
        line=None,
        open=version,
    )


def _found_by(*texts: str) -> str:
    return "\n".join(texts).casefold()


def _of_line(line: ArticleLine) -> dict[str, Any]:
    return {
        "article_id": line.article_id,
        "title": line.title,
        "category": line.category,
        "department": line.department,
        "district": line.district,
        "version": line.version,
        "revised": line.revised.isoformat(),
        "checked": _iso(line.checked),
        "valid_from": _iso(line.valid_from),
        "valid_until": _iso(line.valid_until),
        "sample": line.sample,
    }


def _of_version(version: GuideVersion | None) -> dict[str, Any]:
    assert version is not None, "what was never published is open"
    names = ("title", "category", "department", "district", "revised", "checked", "valid_from", "valid_until")
    fields: dict[str, Any] = {name: getattr(version.text, name) for name in (*names, "sample")}
    return {"article_id": version.article_id, "version": version.version, **fields}


def _iso(day: dt.date | None) -> str:
    return day.isoformat() if day else ""
