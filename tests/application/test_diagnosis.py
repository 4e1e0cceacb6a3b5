"""Of a profile the doctor says who writes and what it is told, and what is missing of that."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.model_repository import FakeModelRepository
from tests.fakes.profile_store import FakeProfileStore

from realtime_mlx_stt.application.diagnosis import Finding, Verdict, diagnose, profile_check
from realtime_mlx_stt.application.profiles.profiles import Profiles


def finding(folder: Path, transcription: Mapping[str, Any], name: str = "mine") -> Finding:
    profiles = Profiles(FakeProfileStore(), default_model=lambda _engine: "tiny.en")
    profiles.save("mine", {"transcription": dict(transcription)})
    (diagnosis,) = diagnose([profile_check(name, profiles, FakeModelRepository(folder))])
    assert diagnosis.part == "profile"
    return diagnosis.finding


def test_all_that_is_not_as_usual_is_said(tmp_path: Path) -> None:
    told = {"glossary": ["Aoife", "Dashwood"], "prompt": "So.", "carry_context": True, "beam_size": 5}
    more = {"model": "base", "language": "de", "task": "translate", "smaller_model": "tiny.en"}
    assert finding(tmp_path, {**told, **more}) == Finding(
        verdict=Verdict.GOOD,
        text="mine: base writes; language de; into English; glossary Aoife, Dashwood; prompt 'So.'; "
        "context carried; 5 beams; tiny.en where that does not keep up",
    )
    assert finding(tmp_path, {}) == Finding(verdict=Verdict.GOOD, text="mine: tiny.en writes")


@pytest.mark.parametrize("key", ["model", "smaller_model"])
def test_a_model_that_is_not_here_weakens_it_and_is_to_be_pulled(tmp_path: Path, key: str) -> None:
    found = finding(tmp_path, {key: "small"})
    assert (found.verdict, found.remedy) == (Verdict.WEAK, "stt models pull small")
    assert found.text.endswith("; small is not on this machine yet")


def test_models_of_another_engine_are_not_looked_for_here(tmp_path: Path) -> None:
    found = finding(tmp_path, {"engine": "openai", "model": "whisper-1"})
    assert found == Finding(verdict=Verdict.GOOD, text="mine: whisper-1 writes")


@pytest.mark.parametrize("key", ["model", "smaller_model"])
def test_a_model_that_nobody_knows_breaks_it(tmp_path: Path, key: str) -> None:
    found = finding(tmp_path, {key: "tinyen"})
    assert found.verdict is Verdict.BROKEN
    assert "tinyen" in found.text


def test_a_profile_that_is_not_there_is_named_with_what_to_do(tmp_path: Path) -> None:
    found = finding(tmp_path, {}, name="mien")
    assert (found.verdict, found.remedy) == (Verdict.BROKEN, "name one of `stt profiles`, or save it anew")
    assert "Did you mean 'mine'?" in found.text
