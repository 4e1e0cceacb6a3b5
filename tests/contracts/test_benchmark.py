"""What a benchmark may rely upon: contestants write the same words, sounds are kept, wrong words are counted."""

import sys
from collections.abc import Iterator

import numpy as np
import pytest
import soundfile
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.speech_to_text.loaded_model import MODEL

from realtime_mlx_stt.adapters.benchmark.contestant_process import ContestantProcess
from realtime_mlx_stt.adapters.benchmark.kept_sounds import kept_sounds
from realtime_mlx_stt.adapters.benchmark.word_errors import word_error_count
from realtime_mlx_stt.composition.contestant import CONTESTANTS
from realtime_mlx_stt.ports.benchmark import Contestant, SoundKeeping, WordErrorCount, WordErrors

AS_INSTALLED = "mlx-whisper as installed"
"""Differs from the one with the fast BLAS in the BLAS alone, with which a clip takes a quarter of a minute."""


@pytest.fixture(params=[name for name in CONTESTANTS if name != AS_INSTALLED])
def contestant(request: pytest.FixtureRequest) -> Iterator[Contestant]:
    command = [sys.executable, "-m", "realtime_mlx_stt.composition.contestant", request.param, "--model", MODEL]
    made = ContestantProcess(command)
    yield made
    made.close()


@pytest.fixture
def count() -> WordErrorCount:
    return word_error_count("en")


@pytest.fixture
def keep_sound() -> Iterator[SoundKeeping]:
    with kept_sounds() as keep:
        yield keep


def test_a_contestant_writes_what_is_said_and_tells_what_it_took(
    contestant: Contestant, count: WordErrorCount
) -> None:
    for name in ("lj001-0002", "lj001-0008"):
        heard = contestant.transcribe(clip(name).audio)
        assert count(clip(name).text, heard.text).errors == 0, heard
        assert heard.seconds > 0
        assert heard.processor_seconds > 0
    assert contestant.description
    contestant.close()
    contestant.close()


def test_a_sound_is_kept_as_it_was(keep_sound: SoundKeeping) -> None:
    samples = np.sin(np.arange(16_000, dtype=np.float32) / 10)
    read, rate = soundfile.read(keep_sound("tone", samples))
    assert rate == 16_000
    assert np.abs(read - samples).max() < 2 / 32_768


def test_words_put_in_left_out_and_written_otherwise_are_counted(count: WordErrorCount) -> None:
    assert count("a cat sat there", "a hat there now then") == WordErrors(errors=4, words=4)
    assert count("a cat", "") == WordErrors(errors=2, words=2)
    assert count("", "a cat") == WordErrors(errors=2, words=0)
