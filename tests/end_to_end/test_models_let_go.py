"""Real models that are used one after the other: what nobody uses gives its memory back, and can be had again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.end_to_end.hearing import MODEL, TIMEOUT_SECONDS, Hearing, settings_below
from tests.end_to_end.sound_scenes import scene, silence, speech

from realtime_mlx_stt.adapters.speech_to_text.engines import ENGINE
from realtime_mlx_stt.adapters.speech_to_text.mlx_whisper_engine import MlxWhisper
from realtime_mlx_stt.composition.container import Container, release

OTHER = "base"
LEAST_GIVEN_BACK_MEGABYTES = 100
"""As float32 the weights of ``base`` take 277 MB, those of ``tiny.en`` 144."""

MOST_LEFT_MEGABYTES = 40

SPOKEN = scene(speech("cards-001"), silence(1.0))


@pytest.fixture
def hearing_alone(tmp_path: Path) -> Iterator[Hearing]:
    """An application of its own, in which no other test has loaded anything."""
    container = Container(settings=settings_below(tmp_path, database=None))
    yield Hearing(container, tmp_path)
    release(container)


def resident_megabytes() -> float:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    (kilobytes,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(kilobytes) / 1024


def write_by(hearing: Hearing, model: str) -> str:
    """Have a session with the model write what is said, and see to it that what comes of its end has been done."""
    config = hearing.config({"transcription": {"model": model, "language": "en"}})
    text = hearing.hear(SPOKEN, config).text
    hearing.orchestrator.load_model(config.settings).result(TIMEOUT_SECONDS)
    return text


def loaded(hearing: Hearing) -> set[str]:
    opened = (hearing.container.engines().open(ENGINE, model) for model in (MODEL, OTHER))
    return {model.model for model in opened if isinstance(model, MlxWhisper) and model.is_loaded}


def test_the_memory_of_a_model_that_nobody_uses_comes_back_and_the_model_writes_the_same_later(
    hearing_alone: Hearing,
) -> None:
    text = write_by(hearing_alone, MODEL)
    before = resident_megabytes()
    by_other = write_by(hearing_alone, OTHER)
    assert loaded(hearing_alone) == {OTHER}
    with_other = resident_megabytes()
    assert write_by(hearing_alone, MODEL) == text
    assert loaded(hearing_alone) == {MODEL}
    after = resident_megabytes()
    assert write_by(hearing_alone, OTHER) == by_other != ""
    assert with_other - after > LEAST_GIVEN_BACK_MEGABYTES
    assert after - before < MOST_LEFT_MEGABYTES
