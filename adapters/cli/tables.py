"""The look that all lists share, and the live text."""

import sys
from typing import Any, Final

from rich.console import Console
from rich.table import Table

__all__ = ["list_console", "plain_table"]

_UNFOLDED_COLUMNS: Final = 10_000


def list_console() -> Console:
    """Stdout; lines are folded to a terminal's width, and filled up to it, only where there is a terminal."""
    if sys.stdout.isatty():
        return Console(highlight=False, markup=False)
    return _PipedConsole(highlight=False, markup=False, width=_UNFOLDED_COLUMNS)


class _PipedConsole(Console):
    """Prints for a program to read, or for a file: no line ends in blanks."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as ever, without the blanks that make the cells of a table equally wide."""
        with self.capture() as printed:
            super().print(*objects, **options)
        lines = printed.get().split("\n")
        self.file.write("\n".join(line.rstrip() for line in lines))
        self.file.flush()


def plain_table(*columns: str) -> Table:
    """A table without lines, its column names dimmed."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
