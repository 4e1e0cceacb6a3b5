"""The engine on real speech, on sounds that are none, at its limits, and on the wrong thread."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import pytest
from tests.adapters.speech_to_text.clips import Clip, clip
from tests.adapters.speech_to_text.loaded_model import MODEL, loaded_engine
from tests.adapters.speech_to_text.one_folder import OneFolder

from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.adapters.speech_to_text.engines import ENGINE, MlxEngines, default_model
from realtime_mlx_stt.adapters.speech_to_text.mlx_whisper_engine import MlxWhisper
from realtime_mlx_stt.domain.rejection import longest_loop
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.model_repository import (
    ModelUnreachableError,
    UnknownModelError,
)
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError

SECOND = 16_000
LONGEST = 30 * SECOND


def heard(audio: AudioSamples, *, final: bool = True) -> Transcription:
    return loaded_engine().open_utterance(DecodingOptions(language="en")).decode(audio, final=final)


def silence(samples: int) -> AudioSamples:
    return np.zeros(samples, dtype=np.float32)


def noise(samples: int) -> AudioSamples:
    return np.random.default_rng(0).normal(0.0, 0.05, samples).astype(np.float32)


def tone(samples: int) -> AudioSamples:
    return (0.1 * np.sin(2 * np.pi * 440 * np.arange(samples) / SECOND)).astype(np.float32)


def assert_well_formed(transcription: Transcription, samples: int) -> None:
    words = transcription.words
    assert " ".join(word.text for word in words) == transcription.text
    assert all(0 <= word.start_sample <= word.end_sample <= samples for word in words)
    assert all(earlier.end_sample <= later.start_sample for earlier, later in pairwise(words))
    assert all(0.0 <= word.probability <= 1.0 for word in words)
    assert longest_loop(transcription.text) < 3


@pytest.mark.parametrize(
    ("sound", "seconds"), [(silence, 1), (silence, 30), (noise, 1), (noise, 10), (tone, 10), (tone, 30)]
)
def test_what_is_not_speech_has_a_short_doubtful_text(sound: Callable[[int], AudioSamples], seconds: int) -> None:
    """Whisper writes something for any sound; that it is not speech is for others to decide, by these scores."""
    samples = seconds * SECOND

    transcription = heard(sound(samples))

    assert_well_formed(transcription, samples)
    assert len(transcription.words) <= 6
    assert transcription.no_speech_probability > 0.3
    assert transcription.confidence < 0.8


@pytest.mark.parametrize("samples", [1, 2, 159, 321])
def test_audio_of_a_few_samples_is_heard(samples: int) -> None:
    assert_well_formed(heard(noise(samples)), samples)


def test_30_seconds_are_heard_and_a_sample_more_is_refused() -> None:
    audio = silence(LONGEST + 1)
    audio[: clip("jfk").audio.size] = clip("jfk").audio

    assert heard(audio[:LONGEST]).text.startswith("And so my fellow Americans")
    with pytest.raises(SpeechToTextError, match=r"480000 samples at once.* the utterance has 480001"):
        heard(audio)


def test_the_confidence_is_the_models_own() -> None:
    clear, noisy = clip("jfk").audio, clip("jfk").audio + noise(clip("jfk").audio.size)

    assert 0.0 < heard(noisy).confidence < heard(clear).confidence - 0.05 < 1.0


def test_the_words_of_a_clip_lie_where_they_are_said() -> None:
    """Silence put before a clip moves its words by as much."""
    shift = 2 * SECOND
    plain = heard(clip("cards-005").audio)
    later = heard(np.concatenate([silence(shift), clip("cards-005").audio]))

    assert len(later.words) == len(plain.words)
    ends = np.array([[word.end_sample for word in each.words] for each in (plain, later)])
    assert np.abs(ends[1] - ends[0] - shift).max() < SECOND / 2


def test_it_is_used_before_it_is_loaded() -> None:
    with pytest.raises(SpeechToTextError, match=r"tiny\.en is used before it was loaded"):
        MlxWhisper(MODEL, WhisperModelRepository()).open_utterance(DecodingOptions(language="en"))


def test_it_is_refused_on_another_thread_than_it_was_loaded_on(short_clip: Clip) -> None:
    decoder = loaded_engine().open_utterance(DecodingOptions(language="en"))
    with ThreadPoolExecutor(1) as elsewhere:
        calls: list[Future[Any]] = [
            elsewhere.submit(loaded_engine().load),
            elsewhere.submit(loaded_engine().unload),
            elsewhere.submit(loaded_engine().open_utterance, DecodingOptions(language="en")),
            elsewhere.submit(decoder.decode, short_clip.audio, final=False),
        ]

    for call in calls:
        assert isinstance(call.exception(), SpeechToTextError)
        assert "was loaded on another thread" in str(call.exception())
    assert decoder.decode(short_clip.audio, final=False).text


def test_one_that_was_let_go_is_not_used_before_it_is_loaded_again() -> None:
    engine = loaded_engine()
    decoder = engine.open_utterance(DecodingOptions(language="en"))

    engine.unload()

    assert not engine.is_loaded
    for use in (
        lambda: engine.open_utterance(DecodingOptions(language="en")),
        lambda: decoder.decode(silence(SECOND), final=False),
    ):
        with pytest.raises(SpeechToTextError, match="is used before it was loaded"):
            use()
    engine.load()
    assert engine.is_loaded


def test_a_model_is_opened_once_and_fetched_when_it_is_loaded(tmp_path: Path) -> None:
    repository = OneFolder(tmp_path / "nowhere")
    engines = MlxEngines(repository)

    engine = engines.open(ENGINE, MODEL)

    assert engines.open(ENGINE, MODEL) is engine
    assert repository.pulls == []
    with pytest.raises(ModelUnreachableError):
        engine.load()
    assert repository.pulls == [MODEL]


def test_a_model_that_there_is_not_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(UnknownModelError):
        MlxEngines(OneFolder(tmp_path)).open(ENGINE, "huge")


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"config.json": b"{}"},
        {"config.json": b"not json", "weights.npz": b""},
        {"config.json": b'{"n_mels": 80}', "weights.npz": b"not an archive"},
    ],
)
def test_a_folder_without_a_model_is_told_from_one_with(tmp_path: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)

    with pytest.raises(SpeechToTextError, match="cannot be loaded"):
        MlxWhisper(MODEL, OneFolder(tmp_path)).load()


def test_the_default_model_is_one_the_machine_can_run() -> None:
    assert default_model() == ("large-v3-turbo" if mx.metal.is_available() else "tiny.en")


class BrokenDecoder:
    """A decoder with a defect."""

    def decode(self, audio: AudioSamples, *, final: bool) -> Transcription:
        raise KeyError(audio.size, final)


def test_a_defect_that_shows_in_one_utterance_costs_the_others_nothing(caplog: pytest.LogCaptureFixture) -> None:
    audio, engine = clip("cards-003").audio, loaded_engine()
    sound = engine.open_utterance(DecodingOptions(language="en"))

    broken, fine = engine.decode_together([(BrokenDecoder(), audio), (sound, audio)])

    assert isinstance(broken, SpeechToTextError)
    assert isinstance(fine, Transcription)
    assert fine.text
    assert "KeyError" in caplog.text
