"""A report is a document with its numbers and plots beside it, all made from the same results."""

import re
import xml.etree.ElementTree
from dataclasses import replace
from pathlib import Path

import pytest
from tests.adapters.benchmark.sample_results import sample_results

from realtime_mlx_stt.adapters.benchmark.report import check_report_path, report_document, write_report
from realtime_mlx_stt.application.benchmark.results import decode_results
from realtime_mlx_stt.ports.benchmark import BenchmarkError


def test_the_document_shows_everything_that_lies_beside_it(tmp_path: Path) -> None:
    results = sample_results("stt bench --report speed.md")
    write_report(results, tmp_path / "speed.md")
    document = (tmp_path / "speed.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([^)]+)\)", document))
    assert linked == {path.name for path in tmp_path.iterdir()} - {"speed.md"}
    assert results.command in document
    assert all(note in document for note in results.notes)
    assert "| faster-whisper int8 | not measured | 0.500 | 0.500 | 0.200 | 1.000 | 2.00 |" in document
    assert "| keeps up | yes | no |" in document
    assert "| final texts that needed the full window | 3 | 3 |" in document
    assert "| said to be left out | nothing | transcription-behind |" in document
    assert report_document(decode_results((tmp_path / "speed.json").read_bytes()), "speed") == document


def test_plots_are_pictures_and_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one.md", "two.md"):
        write_report(sample_results(), tmp_path / name)
    for plot in ("clips", "live"):
        one, two = ((tmp_path / f"{name}-{plot}.svg").read_bytes() for name in ("one", "two"))
        assert one == two
        assert xml.etree.ElementTree.fromstring(one).tag.endswith("svg")


def test_what_was_not_measured_is_not_shown(tmp_path: Path) -> None:
    write_report(replace(sample_results(), live=()), tmp_path / "speed.md")
    assert not (tmp_path / "speed-live.svg").exists()
    assert "## Live" not in (tmp_path / "speed.md").read_text(encoding="utf-8")


def test_a_place_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"ends in \.md"):
        check_report_path(tmp_path / "speed.html")
    with pytest.raises(BenchmarkError, match="There is no folder"):
        check_report_path(tmp_path / "no" / "speed.md")
    check_report_path(tmp_path / "speed.md")
    with pytest.raises(BenchmarkError, match="cannot be written"):
        write_report(sample_results(), tmp_path / "no" / "speed.md")
