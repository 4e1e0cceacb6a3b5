"""The benchmarks run and give figures; what the clock says is theirs to report, and no test's to judge."""

from collections.abc import Callable

import pytest
from benchmarks import pipeline_overhead, start_up
from benchmarks.figures import Figure, figure_table, figures_as_json


@pytest.mark.parametrize("measure", [pipeline_overhead.measure, start_up.measure])
def test_every_figure_is_measured(measure: Callable[[], list[Figure]]) -> None:
    figures = measure()
    assert figures
    assert all(figure.value > 0 and figure.unit for figure in figures)


def test_figures_are_a_table_and_json() -> None:
    figures = [
        Figure(name="events", value=12_345.6, unit="events/s", aim="≥ 5 000"),
        Figure(name="wait", value=0.12345, unit="s"),
    ]
    assert figure_table(figures).splitlines() == [
        "| figure | measured | aim |",
        "|---|---|---|",
        "| events | 12,346 events/s | ≥ 5 000 |",
        "| wait | 0.123 s |  |",
    ]
    assert figures_as_json(figures)[1] == {"name": "wait", "value": 0.12345, "unit": "s", "aim": None}
