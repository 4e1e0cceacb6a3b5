"""Prints what a check of the installation finds, part by part as it goes."""

from collections.abc import Iterable
from typing import Final

from rich.table import Table
from rich.text import Text

from realtime_mlx_stt.adapters.cli.tables import list_console
from realtime_mlx_stt.application.diagnosis import Check, Diagnosis, Verdict, diagnose

__all__ = ["print_diagnosis"]

_MARKS: Final = {
    Verdict.GOOD: Text("ok", style="green"),
    Verdict.WEAK: Text("weak", style="yellow"),
    Verdict.BROKEN: Text("broken", style="red"),
}


def print_diagnosis(checks: Iterable[Check]) -> int:
    """Look at every part; returns the exit status, 1 when a part that is needed is broken."""
    console = list_console()
    is_usable = True
    for diagnosis in diagnose(checks):
        console.print(_row(diagnosis))
        is_usable = is_usable and diagnosis.finding.verdict is not Verdict.BROKEN
    return int(not is_usable)


def _row(diagnosis: Diagnosis) -> Table:
    table = Table.grid(padding=(0, 2))
    for width in (6, 15):
        table.add_column(width=width)
    table.add_column(overflow="fold")
    finding = diagnosis.finding
    text = Text(finding.text)
    if finding.remedy is not None:
        text.append(f"\nTo mend it: {finding.remedy}", style="yellow")
    table.add_row(_MARKS[finding.verdict], Text(diagnosis.part, style="dim"), text)
    return table
