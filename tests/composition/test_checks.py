"""The doctor's checks look at the real parts of this machine."""

import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from importlib.abc import MetaPathFinder
from pathlib import Path

import pytest
from tests.adapters.wake_word.backends import needs_litert_models
from tests.adapters.wake_word.distorted_backend import DistortedBackend, garbage

from realtime_mlx_stt.adapters.wake_word.litert_backend import LiteRtBackend
from realtime_mlx_stt.adapters.wake_word.onnx_backend import OnnxBackend
from realtime_mlx_stt.adapters.wake_word.open_wake_word import OpenWakeWords
from realtime_mlx_stt.application.diagnosis import Check, Diagnosis, Verdict, diagnose
from realtime_mlx_stt.composition.checks import installation_checks
from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.composition.services import ContainerServices
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    made = Container(settings=RuntimeSettings.of_this_machine({}, database=tmp_path / "sessions.db"))
    yield made
    release(made)


@pytest.fixture
def checks(container: Container) -> dict[str, Check]:
    return {check.part: check for check in installation_checks(container)}


class DamagedLibrary(MetaPathFinder):
    """Stands in the place of MLX, and fails as a library does that lacks a symbol."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "mlx.core":
            raise RuntimeError("damaged on purpose")


@pytest.fixture
def broken_mlx(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Mac whose MLX cannot be imported."""
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    monkeypatch.delitem(sys.modules, "mlx.core", raising=False)
    monkeypatch.setattr(sys, "meta_path", [DamagedLibrary(), *sys.meta_path])


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
        ("openai", "OpenAI's client "),
        ("database", ""),
    ],
)
def test_a_part_that_is_as_it_should_be_is_good(checks: dict[str, Check], part: str, words: str) -> None:
    finding = look(checks[part]).finding
    assert finding.verdict is Verdict.GOOD, finding.text
    assert words in finding.text
    assert finding.remedy is None


BLAS_OF_MLX = """
import mlx.core
from realtime_mlx_stt.application.diagnosis import diagnose
from realtime_mlx_stt.composition.checks import installation_checks
from realtime_mlx_stt.composition.container import Container
for diagnosis in diagnose(check for check in installation_checks(Container()) if check.part == "blas"):
    print(diagnosis.finding.verdict.name, diagnosis.finding.text)
"""
"""Looks for OpenBLAS when it is too late to load it."""


@pytest.mark.skipif(platform.system() == "Darwin", reason="macOS has a BLAS of its own, which is always there")
def test_without_openblas_the_doctor_says_what_that_costs() -> None:
    command = [sys.executable, "-c", BLAS_OF_MLX]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    assert said.startswith("WEAK The reference BLAS, slow")
    assert said.endswith(" Texts take up to a third longer.\n")


def test_the_wake_word_model_is_judged_by_a_real_score(checks: dict[str, Check]) -> None:
    score = float(look(checks["wake word"]).finding.text.rpartition(" ")[2])
    assert 0.9 < score <= 1.0


def test_the_doctor_says_by_what_wake_words_are_heard(checks: dict[str, Check]) -> None:
    assert " on ONNX Runtime, " in look(checks["wake word"]).finding.text


@needs_litert_models
def test_and_why_it_is_not_the_usual(container: Container, checks: dict[str, Check]) -> None:
    broken = DistortedBackend(OnnxBackend(), "embedding_model", garbage)
    with container.wake_words.override(OpenWakeWords(backends=(broken, LiteRtBackend()))):
        finding = look(checks["wake word"]).finding
    assert finding.verdict is Verdict.GOOD
    assert re.search(r" on LiteRT \(ONNX Runtime: .*recording wrongly.*\), .* scores 1\.00$", finding.text)


def test_where_no_backend_hears_the_command_can_do_without(container: Container, checks: dict[str, Check]) -> None:
    broken = DistortedBackend(OnnxBackend(), "embedding_model", garbage)
    with container.wake_words.override(OpenWakeWords(backends=(broken,))):
        finding = look(checks["wake word"]).finding
    assert finding.verdict is Verdict.WEAK
    assert "No wake word can be heard here. ONNX Runtime: It hears a known recording wrongly" in finding.text
    assert finding.remedy == checks["wake word"].remedy


@pytest.mark.parametrize(
    ("key", "verdict", "words"),
    [
        ("", Verdict.GOOD, "no key; only the engine openai would need one"),
        ("sk-secret-0123456789", Verdict.GOOD, "a key for api.openai.com"),
        ("sk secret 0123456789", Verdict.WEAK, "OPENAI_API_KEY holds characters that no API key has"),
    ],
)
def test_the_key_of_the_engine_of_the_network_is_looked_for_and_not_shown(
    checks: dict[str, Check], monkeypatch: pytest.MonkeyPatch, key: str, verdict: Verdict, words: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    finding = look(checks["openai"]).finding
    assert finding.verdict is verdict
    assert words in finding.text
    assert "0123456789" not in finding.text


def test_a_machine_without_openai_s_client_lacks_nothing(
    checks: dict[str, Check], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    finding = look(checks["openai"]).finding
    assert (finding.verdict, finding.remedy) == (Verdict.GOOD, None)


def test_a_missing_microphone_does_not_make_the_whole_unusable(checks: dict[str, Check]) -> None:
    finding = look(checks["microphone"]).finding
    assert finding.verdict in (Verdict.GOOD, Verdict.WEAK)
    assert (finding.remedy is None) == (finding.verdict is Verdict.GOOD)


def test_no_remedy_installs_more_than_the_part_s_own_packages(checks: dict[str, Check]) -> None:
    """Another product may have our name on an index, and what the packages declare is gigabytes."""
    remedies = [check.remedy for check in checks.values() if "install" in check.remedy and "-" in check.remedy]
    assert len(remedies) == 5
    for remedy in remedies:
        words = shlex.split(remedy)
        assert sys.executable in words
        assert "--no-deps" in words
        assert "realtime-mlx-stt" not in words


def test_the_wake_word_remedy_names_the_release_that_the_package_asks_for(checks: dict[str, Check]) -> None:
    declared = ConfigParser()
    declared.read(Path(__file__).parents[2] / "setup.cfg")
    wanted = shlex.split(checks["wake word"].remedy)[-1]
    assert f"\n{wanted}; " in declared["options"]["install_requires"]


def test_where_mlx_is_broken_the_checks_can_still_be_made(container: Container, broken_mlx: None) -> None:
    """And whatever its import raises is what was found."""
    found = {each.part: each.finding for each in diagnose(installation_checks(container))}
    for part in ("mlx", "model"):
        assert found[part].verdict is Verdict.BROKEN
        assert "damaged on purpose" in found[part].text
        assert "mlx" in str(found[part].remedy)
    assert found["voice activity"].verdict is Verdict.GOOD


def test_where_mlx_is_broken_what_needs_no_model_still_works(container: Container, broken_mlx: None) -> None:
    orchestrator = ContainerServices(container).orchestrator
    assert "vad-triggered" in orchestrator.profiles.names()
    assert container.models().models()
    with pytest.raises(SpeechToTextError, match=r"damaged on purpose.*stt doctor"):
        orchestrator.configure_profile("vad-triggered")
    chosen = orchestrator.configure_profile("vad-triggered", {"transcription": {"model": "base"}})
    assert chosen.settings.transcription.model == "base"
