"""Reports what a session left out, and for how long, in the words of its log."""

from collections.abc import Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from realtime_mlx_stt.adapters.cli.tables import plain_table
from realtime_mlx_stt.adapters.cli.time_format import local_moment
from realtime_mlx_stt.application.read_models.degradations import DegradedSpan, fold_degradations
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["left_out_now", "left_out_table"]

_STILL: Final = "until now"


def left_out_table(log: Sequence[StoredEvent]) -> Table | None:
    """A table with one line for each thing left out, in the order in which it began; None if nothing was."""
    spans = fold_degradations(log)
    if not spans:
        return None
    table = plain_table("left out from", "for", "what")
    for span in spans:
        table.add_row(local_moment(span.began_at), _duration(span), Text(f"{span.message} [{span.code}]"))
    return table


def left_out_now(log: Sequence[StoredEvent]) -> str:
    """The codes of what is left out at the end of the log, with commas; empty if nothing is."""
    return ", ".join(span.code for span in fold_degradations(log) if span.ended_at is None)


def _duration(span: DegradedSpan) -> str:
    return _STILL if span.ended_at is None else f"{max(0.0, span.ended_at - span.began_at):.1f} s"
