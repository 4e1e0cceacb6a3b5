"""Gives all lists, and the live text, the same look."""

import sys
from collections.abc import Iterable
from typing import Any, Final

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table

from realtime_mlx_stt.adapters.cli.terminal_text import without_controls

__all__ = ["TerminalConsole", "list_console", "plain_table"]

_UNFOLDED_COLUMNS: Final = 10_000


def list_console(*, stderr: bool = False) -> Console:
    """Stdout or stderr; lines are folded to a terminal's width, and filled up to it, only where there is one."""
    if (sys.stderr if stderr else sys.stdout).isatty():
        return TerminalConsole(stderr=stderr, highlight=False, markup=False)
    return _PipedConsole(stderr=stderr, highlight=False, markup=False, width=_UNFOLDED_COLUMNS)


class TerminalConsole(Console):
    """Prints texts without control characters; only its own styles and movements reach the terminal."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is to be printed, piece by piece."""
        for segment in super().render(renderable, options):
            if segment.control is None:
                yield Segment(without_controls(segment.text), segment.style)
            else:
                yield segment


class _PipedConsole(TerminalConsole):
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
