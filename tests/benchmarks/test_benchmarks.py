"""The benchmarks run and give figures; what the clock says is theirs to report, and no test's to judge."""

from collections.abc import Callable

import pytest
from benchmarks import performance, pipeline_overhead, start_up
from benchmarks.figures import Figure, figure_table, figures_as_json
from tests.adapters.benchmark.sample_results import sample_results
from tests.architecture.source_tree import ROOT

from realtime_mlx_stt.adapters.benchmark.report import report_document
from realtime_mlx_stt.application.benchmark.results import decode_results


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


def test_what_is_aimed_at_is_read_out_of_the_results() -> None:
    found = {figure.name: figure for figure in performance.figures(sample_results())}
    assert found["faster-whisper int8, all clips"] == Figure(
        name="faster-whisper int8, all clips", value=2.0, unit="times ours", aim="≥ 1.5"
    )
    assert found["live, 1 at once, decision to final, p95"].value == 300
    assert found["live, 2 at once, final texts lost"].aim == "= 0"


def test_the_page_on_performance_is_what_its_command_measured() -> None:
    page = ROOT / performance.REPORT
    results = decode_results(page.with_suffix(".json").read_bytes())
    assert results.command.startswith("stt bench --input tests/data/speech")
    assert " --peers " in results.command
    assert results.command.endswith(f" --report {performance.REPORT}")
    assert page.read_text(encoding="utf-8") == report_document(results, page.stem), performance.__doc__
    assert all((page.parent / f"{page.stem}-{plot}.svg").is_file() for plot in ("clips", "live"))
