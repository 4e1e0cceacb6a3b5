"""The benchmarks run and give figures; what the clock says is theirs to report, and no test's to judge."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from benchmarks import performance, pipeline_overhead, start_up
from benchmarks.aims import FULL_WINDOW, Aim, ErrorRates, aim_table, aims
from benchmarks.figures import Figure, figure_table, figures_as_json
from tests.adapters.benchmark.sample_results import sample_results
from tests.architecture.source_tree import ROOT

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
    base = ErrorRates(model="base", ours=0.0, full_window=0.0)
    found = {aim.name: aim for aim in aims(sample_results(), base)}
    assert found["seconds of faster-whisper int8 for one of ours, medians of the same clips"] == Aim(
        name="seconds of faster-whisper int8 for one of ours, medians of the same clips",
        bound="≥ 1.5",
        measured="2",
        is_met=True,
    )
    late = found["one speaker: decision to final text, 95 of 100"]
    assert (late.measured, late.is_met) == ("300 ms", False)
    assert "| one speaker: share of a core | ≤ 60 % | 50 % | yes |" in aim_table(list(found.values()))


def test_many_speakers_may_be_left_out_of_in_the_open_and_lose_no_final_text() -> None:
    one, behind = sample_results().live
    four, base = replace(behind, streams=4), ErrorRates(model="base", ours=0.0, full_window=0.0)
    six = {
        "lost": replace(behind, streams=6, lost_finals=1),
        "in the open": replace(behind, streams=6),
        "in secret": replace(behind, streams=6, degradations=()),
        "not at all": replace(one, streams=6),
    }
    for name, reached in (
        ("lost", [False, False, True]),
        ("in the open", [False, True, True]),
        ("in secret", [False, True, False]),
        ("not at all", [False, True, True]),
    ):
        results = replace(sample_results(), contestants=(), live=(four, six[name]))
        assert [aim.is_met for aim in aims(results, base)[1:]] == reached


def test_a_model_may_have_as_many_words_wrong_as_in_the_full_window_and_no_more() -> None:
    ours = replace(sample_results().contestants[0], word_error_rate=0.05)
    window = replace(ours, name=FULL_WINDOW)
    results = replace(sample_results(), contestants=(ours, window), live=())
    found = aims(results, ErrorRates(model="base", ours=0.05, full_window=0.04))
    assert [(aim.name, aim.is_met) for aim in found[1:]] == [
        ("words wrong with tiny.en, beside the full window's", True),
        ("words wrong with base, beside the full window's", False),
    ]


def test_the_page_on_performance_is_what_its_command_measured() -> None:
    path = ROOT / performance.REPORT
    command = decode_results(path.with_suffix(".json").read_bytes()).command
    assert command.startswith("stt bench --input tests/data/speech")
    assert " --peers " in command
    assert command.endswith(f" --report {performance.REPORT}")
    assert path.read_text(encoding="utf-8") == performance.page(), performance.__doc__
    assert all((path.parent / f"{path.stem}-{plot}.svg").is_file() for plot in ("clips", "live"))
