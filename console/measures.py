"""How far a saved summary is from the draft it was begun from, and what many of them say together. Pure."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final, get_args

from rapidfuzz.distance import Levenshtein

from contracts.quality import DraftDay, DraftFigures, DraftQuality, EngineFigures, FieldFigures
from contracts.summary import FormField, SummaryDrafted, SummaryEdited, SummaryText
from store.measures import Figures, Measure, Sum

TYPING_CHARS_PER_S: Final = 3.5
"""Syllables that a practised writer of Korean puts down while composing: 210 a minute, about half of what copying
tests show, because thinking takes its part. An estimate, and shown as one."""

FIELDS: Final[tuple[FormField, ...]] = get_args(FormField)
_EPOCH: Final = dt.date(1970, 1, 1)


def text_of(draft: SummaryDrafted) -> SummaryText:
    """The draft as the text that a form begins with; `web/src/form.ts` holds the same."""
    lines: dict[str, list[str]] = {}
    for line in draft.lines:
        lines.setdefault(line.field, []).append(line.text)
    texts = {name: "\n".join(found) for name, found in lines.items()}
    return SummaryText(**texts, category=draft.category.label if draft.category else "")


def measure(
    edited: SummaryEdited,
    draft: SummaryDrafted | None,
    ended_at_ms: int | None,
    *,
    fields: Collection[FormField] = FIELDS,
) -> Measure:
    """What was made of a draft.

    Args:
        edited: the saved text.
        draft: the one it was begun from. Only the newest draft of a contact is kept: where a newer one came and was
            not taken, the text is measured against that, and the measure bears that revision.
        ended_at_ms: wall time of the contact's end, None while it goes on.
        fields: of the site's form; what a draft has besides nobody sees, and nobody saves.
    """
    begun = draft if edited.drafted is not None else None
    before = text_of(begun) if begun else SummaryText()
    names = [name for name in FIELDS if name in fields]
    old, new = _fields(before, names), _fields(edited.text, names)
    edited_fields = tuple(name for name in names if old[name] != new[name])
    waited = None if ended_at_ms is None else edited.at_ms - ended_at_ms
    return Measure(
        contact_id=edited.contact_id,
        saved_at_ms=edited.at_ms,
        staff_id=edited.staff_id,
        engine=begun.engine if begun else "",
        fallback=begun.fallback if begun else "",
        drafted=begun.revision if begun else None,
        draft_chars=sum(map(len, old.values())),
        saved_chars=sum(map(len, new.values())),
        distance=sum(Levenshtein.distance(old[name], new[name]) for name in names),
        unedited=begun is not None and not edited_fields,
        edited_fields=edited_fields,
        drafted_fields=tuple(name for name in names if old[name]),
        withheld=begun.withheld if begun else 0,
        doubts=sum(len(line.doubts) for line in begun.lines if line.field in names) if begun else 0,
        after_call_ms=waited if waited is not None and waited >= 0 else None,
    )


def _fields(text: SummaryText, names: Iterable[FormField]) -> dict[str, str]:
    """Without what nobody sees: spaces at the ends of lines, empty lines at the ends."""
    return {
        name: "\n".join(line.rstrip() for line in getattr(text, name).strip().splitlines()) for name in names
    }


# -- many of them ------------------------------------------------------------------------------------------


def quality(figures: Figures, typing_chars_per_s: float = TYPING_CHARS_PER_S) -> DraftQuality:
    """The figures as the supervisors' page shows them."""
    days = sorted({day for day, _ in figures.parts})
    engines = sorted({engine for _, engine in figures.parts})

    def total(parts: Iterable[Sum]) -> DraftFigures:
        return _figures(_together(parts), typing_chars_per_s)

    return DraftQuality(
        days=tuple(
            DraftDay(
                date=(_EPOCH + dt.timedelta(days=day)).isoformat(),
                figures=total(part for (at, _), part in figures.parts.items() if at == day),
            )
            for day in days
        ),
        engines=tuple(
            EngineFigures(
                engine=engine,
                figures=total(part for (_, by), part in figures.parts.items() if by == engine),
            )
            for engine in engines
        ),
        fields=_by_field(figures),
        total=total(figures.parts.values()),
        typing_chars_per_s=typing_chars_per_s,
    )


def _by_field(figures: Figures) -> tuple[FieldFigures, ...]:
    drafted, unedited = Counter[str](), Counter[str]()
    for (fields, edited), count in figures.fields.items():
        for name in fields:
            drafted[name] += count
            unedited[name] += count if name not in edited else 0
    return tuple(
        FieldFigures(field=name, drafted=drafted[name], unedited=unedited[name])
        for name in FIELDS
        if drafted[name]
    )


def _together(parts: Iterable[Sum]) -> Sum:
    found = Sum()
    for part in parts:
        for name in ("saved", "drafted", "unedited", "kept_chars", "withheld", "doubts", "fallbacks"):
            setattr(found, name, getattr(found, name) + getattr(part, name))
        found.shares += part.shares
        found.waits += part.waits
    return found


def _figures(found: Sum, typing_chars_per_s: float) -> DraftFigures:
    return DraftFigures(
        saved=found.saved,
        drafted=found.drafted,
        unedited=found.unedited,
        edit_share_p50=_hundredth(percentile(found.shares, 0.5)),
        edit_share_p90=_hundredth(percentile(found.shares, 0.9)),
        kept_chars=found.kept_chars,
        seconds_saved=round(found.kept_chars / typing_chars_per_s, 1),
        after_call_s_p50=percentile(found.waits, 0.5),
        after_call_s_p90=percentile(found.waits, 0.9),
        withheld=found.withheld,
        doubts=found.doubts,
        fallbacks=found.fallbacks,
    )


def percentile(counts: Counter[int], part: float) -> int | None:
    """The smallest value that `part` of them do not exceed (nearest rank); None of nothing."""
    total = counts.total()
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= part * total:
            return value
    return None


def _hundredth(value: int | None) -> float | None:
    return None if value is None else value / 100
