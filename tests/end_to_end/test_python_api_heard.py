"""Python programs have files and sounds written by the real model, with the names that they import."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import soxr
from tests.adapters.speech_to_text.clips import DATA_FOLDER, clip
from tests.end_to_end.hearing import MODEL
from tests.end_to_end.sound_scenes import plain_words

from realtime_mlx_stt import ModelConfig, RealtimeSttError, Transcriber, create_transcriber, shutdown
from realtime_mlx_stt.composition.process_services import DATABASE_VARIABLE
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ


@pytest.fixture(scope="module")
def transcriber() -> Iterator[Transcriber]:
    """One of the process's own, whose log is in memory."""
    shutdown()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(DATABASE_VARIABLE, ":memory:")
        yield Transcriber(ModelConfig(model=MODEL))
        shutdown()


SAID = clip("lj001-0008")


def whole_file(transcriber: Transcriber) -> str:
    return transcriber.transcribe_file(DATA_FOLDER / "speech" / f"{SAID.name}.wav")


def bytes_of_pcm(transcriber: Transcriber) -> str:
    return transcriber.transcribe_audio(np.rint(SAID.audio * 32_767).astype("<i2").tobytes())


def floats_of_a_studio(transcriber: Transcriber) -> str:
    studio = soxr.resample(SAID.audio, SAMPLE_RATE_HZ, 48_000)
    return transcriber.transcribe_audio(studio.tolist(), sample_rate=48_000)


def array_of_a_telephone(transcriber: Transcriber) -> str:
    return transcriber.transcribe_audio(soxr.resample(SAID.audio, SAMPLE_RATE_HZ, 11_025), sample_rate=11_025)


@pytest.mark.parametrize("given", [whole_file, bytes_of_pcm, floats_of_a_studio, array_of_a_telephone])
def test_what_is_said_is_written_however_it_is_given(
    transcriber: Transcriber, given: Callable[[Transcriber], str]
) -> None:
    assert plain_words(given(transcriber)) == plain_words(SAID.text)


def test_utterances_are_joined_by_one_space_and_told_one_by_one(transcriber: Transcriber) -> None:
    told: list[Any] = []
    transcriber.session.on_transcription = told.append
    first, second = SAID, clip("lj001-0002")
    pause = np.zeros(SAMPLE_RATE_HZ, dtype=np.float32)
    text = transcriber.transcribe_audio(np.concatenate([first.audio, pause, second.audio]))
    assert plain_words(text) == plain_words(f"{first.text} {second.text}")
    assert text == " ".join(result.text for result in told)
    assert (len(told), "  " in text) == (2, False)
    assert all(0.3 < result.confidence < 1.0 and result.language == "en" for result in told)
    assert [len(result.words) for result in told] == [len(result.text.split()) for result in told]


def test_silence_and_noise_are_nothing(transcriber: Transcriber) -> None:
    noise = np.random.default_rng(1).normal(0, 0.05, 2 * SAMPLE_RATE_HZ).astype(np.float32)
    assert transcriber.transcribe_audio(bytes(2 * SAMPLE_RATE_HZ)) == ""
    assert transcriber.transcribe_audio(noise) == ""


def test_what_is_not_there_is_an_error_that_programs_can_catch(transcriber: Transcriber) -> None:
    with pytest.raises(RealtimeSttError, match="no file"):
        transcriber.transcribe_file("missing.wav")
    with pytest.raises(RealtimeSttError, match="is not audio"):
        transcriber.transcribe_file(DATA_FOLDER / "README.md")
    with pytest.raises(RealtimeSttError, match="huge"):
        Transcriber(ModelConfig(model="huge")).transcribe_audio([0.0] * 100)


def test_a_transcriber_can_be_made_on_every_machine(transcriber: Transcriber) -> None:
    assert create_transcriber().session.model_config.model in {"tiny.en", "large-v3-turbo"}
