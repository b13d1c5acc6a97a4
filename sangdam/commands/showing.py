"""Figures of a bench as a table."""

from collections.abc import Mapping

from rich.markup import escape
from rich.table import Table

from sangdam.terminal import out


def show(figures: Mapping[str, object]) -> None:
    """Names and values, one a line; what is nested gets its path as a name."""
    table = Table(show_header=False, box=None, pad_edge=False)
    _rows(table, "", figures)
    out.print(table)


def _rows(table: Table, prefix: str, figures: Mapping[str, object]) -> None:
    for name, value in figures.items():
        if isinstance(value, Mapping):
            _rows(table, f"{prefix}{name}.", value)
        elif name == "trials" and isinstance(value, list):
            for trial in value:
                _rows(table, f"{trial['channels']}: ", {"kept": trial["kept"]} | trial["latency_ms"])
        else:
            table.add_row(f"[dim]{prefix}[/]{name}", escape(str(value)))
