"""The real command measures the real model on real clips, clip by clip and live, and writes its report."""

import shutil
from pathlib import Path

from tests.end_to_end.command import CLIPS, Home, expect_error

from realtime_mlx_stt.adapters.benchmark.report import report_document
from realtime_mlx_stt.application.benchmark.results import decode_results


def test_two_clips_are_measured_alone_and_live(tmp_path: Path) -> None:
    report = tmp_path / "performance.md"
    inputs = [word for name in ("lj001-0008", "lj001-0002") for word in ("--input", CLIPS / f"{name}.wav")]
    loads = ("--rounds", "1", "--streams", "1,2", "--seconds", "2.5")
    outcome = Home(tmp_path).run("bench", *inputs, *loads, "--report", report)
    assert (outcome.status, "Traceback" in outcome.errors) == (0, False), outcome
    results = decode_results(report.with_suffix(".json").read_bytes())
    assert report.read_text(encoding="utf-8") == report_document(results, "performance")
    (ours,) = results.contestants
    assert (ours.word_error_rate, [each.clip for each in ours.clips]) == (0.0, ["lj001-0008", "lj001-0002"])
    assert [(each.streams, each.utterances, each.lost_finals) for each in results.live] == [(1, 1, 0), (2, 2, 0)]
    for live in results.live:
        assert live.word_error_rate == 0.0
        assert live.cores > 0
        assert live.decision_to_final_seconds is not None
        assert live.speech_to_final_seconds is not None
        assert live.speech_to_final_seconds.median >= live.decision_to_final_seconds.median
    assert "first partial after the onset" in outcome.output


def test_without_transcripts_no_error_rate_is_told_and_the_reason_is(tmp_path: Path) -> None:
    for name in ("lj001-0008", "lj001-0002"):
        shutil.copy(CLIPS / f"{name}.wav", tmp_path)
    outcome = Home(tmp_path).run("bench", "--input", tmp_path, "--joins", "--rounds", "1", "--streams", "0")
    assert outcome.status == 0, outcome
    assert "clips: 4, " in outcome.output
    assert "No word error rate: of some clips nobody wrote down what is said." in outcome.output
    assert "not measured" in outcome.output
    assert "streams at once" not in outcome.output


def test_what_is_missing_is_told_before_anything_is_measured(tmp_path: Path) -> None:
    expect_error(Home(tmp_path).run("bench", "--input", tmp_path / "none.wav"), "benchmark", "none.wav")
    expect_error(Home(tmp_path).run("bench", "--report", tmp_path / "no" / "r.md"), "benchmark", "no folder")
    expect_error(Home(tmp_path).run("bench", "--model", "tinny"), "unknown-model", "tiny")
