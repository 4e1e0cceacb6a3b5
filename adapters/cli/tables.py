"""Gives all lists, and the live text, the same look."""

import sys
from typing import Any, Final

from rich.console import Console
from rich.table import Table

__all__ = ["list_console", "plain_table"]

_UNFOLDED_COLUMNS: Final = 10_000


def list_console(*, stderr: bool = False) -> Console:
    """Stdout or stderr; lines are folded to a terminal's width, and filled up to it, only where there is one."""
    if (sys.stderr if stderr else sys.stdout).isatty():
        return Console(stderr=stderr, highlight=False, markup=False)
    return _PipedConsole(stderr=stderr, highlight=False, markup=False, width=_UNFOLDED_COLUMNS)


class _PipedConsole(Console):
    """Prints for a program or a file to read: no line ends in blanks."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as usual, without the blanks that make the cells of a table equally wide."""
        with self.capture() as printed:
            super().print(*objects, **options)
        lines = printed.get().split("\n")
        self.file.write("\n".join(line.rstrip() for line in lines))
        self.file.flush()


def plain_table(*columns: str) -> Table:
    """A table without lines, its column names dimmed; the first column is never cut, as it is to be copied."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for number, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=number == 0)
    return table
