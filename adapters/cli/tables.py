"""The look that all lists share, and the live text."""

import sys
from typing import Final

from rich.console import Console
from rich.table import Table

__all__ = ["list_console", "plain_table"]

_UNFOLDED_COLUMNS: Final = 10_000


def list_console() -> Console:
    """Stdout; lines are folded to a terminal's width only where there is a terminal."""
    return Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else _UNFOLDED_COLUMNS)


def plain_table(*columns: str) -> Table:
    """A table without lines, its column names dimmed."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
