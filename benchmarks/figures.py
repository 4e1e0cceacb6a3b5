"""Holds measured figures with their aims, and prints a table of them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Figure", "figure_table", "figures_as_json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """``aim`` is the bound that ``value`` should keep, as text with its direction; None where none is aimed at."""

    name: str
    value: float
    unit: str
    aim: str | None = None


def figure_table(figures: Iterable[Figure]) -> str:
    """The figures as a table in Markdown."""
    rows = [f"| {each.name} | {_shown(each.value)} {each.unit} | {each.aim or ''} |" for each in figures]
    return "\n".join(("| figure | measured | aim |", "|---|---|---|", *rows))


def figures_as_json(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    """The figures as JSON has them."""
    return [asdict(each) for each in figures]


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
