"""The doctor's checks look at the real parts of this machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from realtime_mlx_stt.application.diagnosis import Check, Diagnosis, Verdict, diagnose
from realtime_mlx_stt.composition.checks import installation_checks
from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.composition.settings import RuntimeSettings


@pytest.fixture
def checks(tmp_path: Path) -> Iterator[dict[str, Check]]:
    container = Container(settings=RuntimeSettings.of_this_machine({}, database=tmp_path / "sessions.db"))
    yield {check.part: check for check in installation_checks(container)}
    release(container)


def look(check: Check) -> Diagnosis:
    (diagnosis,) = diagnose([check])
    return diagnosis


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("interpreter", "Python 3."),
        ("mlx", "MLX "),
        ("blas", "."),
        ("model", "whole as published"),
        ("voice activity", "speech in silence: 0.0"),
        ("wake word", "'alexa' scores "),
        ("database", ""),
    ],
)
def test_a_part_that_is_as_it_should_be_is_good(checks: dict[str, Check], part: str, words: str) -> None:
    finding = look(checks[part]).finding
    assert finding.verdict is Verdict.GOOD, finding.text
    assert words in finding.text
    assert finding.remedy is None


def test_the_wake_word_model_is_judged_by_a_real_score(checks: dict[str, Check]) -> None:
    score = float(look(checks["wake word"]).finding.text.rpartition(" ")[2])
    assert 0.9 < score <= 1.0


def test_a_missing_microphone_does_not_make_the_whole_unusable(checks: dict[str, Check]) -> None:
    finding = look(checks["microphone"]).finding
    assert finding.verdict in (Verdict.GOOD, Verdict.WEAK)
    assert (finding.remedy is None) == (finding.verdict is Verdict.GOOD)
