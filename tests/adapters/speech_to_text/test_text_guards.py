"""Which texts of a window that was computed in part stand, and that the whole window is computed for the others."""

import logging
from collections.abc import Sequence

import numpy as np
import pytest
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.speech_to_text.loaded_model import loaded_engine

from realtime_mlx_stt.adapters.speech_to_text.search.decoded_text import DecodedText
from realtime_mlx_stt.adapters.speech_to_text.search.text_guards import (
    GUARDS,
    HeardText,
    are_piled_up,
    first_objection,
    is_sound,
)
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription, Word
from realtime_mlx_stt.ports.audio_source import AudioSamples

SECOND = 16_000
SPEECH = clip("jfk").audio[: 6 * SECOND]
SILENCE = np.zeros(3 * SECOND, dtype=np.float32)


def decoded(*log_probabilities: float) -> DecodedText:
    """Of as many tokens as there are log-probabilities before that of the end."""
    tokens = tuple(range(len(log_probabilities) - 1))
    return DecodedText(tokens=tokens, log_probabilities=log_probabilities, no_speech_probability=0.0)


def placed(*seconds: tuple[float, float]) -> tuple[Word, ...]:
    """Words that begin and end there."""
    return tuple(
        Word(text="clubs", start_sample=round(start * SECOND), end_sample=round(end * SECOND), probability=0.9)
        for start, end in seconds
    )


def objection(
    text: str = "Ten of clubs.",
    log_probabilities: Sequence[float] = (-0.1, -0.1),
    words: tuple[Word, ...] = (),
    audio: AudioSamples = SPEECH,
) -> str | None:
    transcription = Transcription(text=text, words=words)
    guard = first_objection(
        HeardText(decoded=decoded(*log_probabilities), transcription=transcription, audio=audio)
    )
    return guard.name if guard else None


def heard(audio: AudioSamples) -> Transcription:
    return loaded_engine().open_utterance(DecodingOptions(language="en")).decode(audio, final=True)


def test_a_text_stands_that_ends_is_likely_and_does_not_repeat_itself() -> None:
    assert objection() is None
    assert objection("of clubs of clubs of clubs") == "endless"
    assert objection("ha" * 40) == "repetitive"
    assert objection(log_probabilities=(-0.6, -0.6, -0.6)) is None
    assert objection(log_probabilities=(-0.7, -0.7, -0.7)) == "unlikely"


def test_one_token_that_is_hardly_likely_is_enough() -> None:
    assert objection(log_probabilities=(-0.1, -2.1, -0.1, -0.1)) is None
    assert objection(log_probabilities=(-0.1, -2.3, -0.1, -0.1)) == "unlikely-token"


def test_words_that_nobody_had_the_time_to_say_do_not_stand() -> None:
    assert objection(words=placed((0.0, 0.3), (0.3, 0.3), (0.3, 0.6))) is None
    assert objection(words=placed((0.0, 0.3), (0.3, 0.3))) == "words-piled-up"
    assert not are_piled_up(())


def test_speech_before_the_first_word_does_not_stay_unwritten() -> None:
    words = placed((3.0, 3.4), (3.4, 6.0))[:1]

    assert objection(words=words, audio=np.concatenate([SILENCE, SPEECH])) is None
    assert objection(words=words, audio=np.concatenate([SPEECH[: 3 * SECOND], SPEECH])) == "speech-left-out"
    assert objection(words=placed((0.9, 1.2)), audio=SPEECH) is None


def test_speech_that_is_taken_for_a_part_of_a_word_does_not_stay_unwritten() -> None:
    words = placed((0.0, 0.4), (0.4, 5.0), (5.0, 5.3))
    held = np.concatenate([SPEECH[:SECOND], SILENCE, SILENCE[:SECOND], SPEECH])

    assert objection(words=words, audio=SPEECH) == "speech-left-out"
    assert objection(words=words, audio=held) is None
    assert objection(words=placed((0.4, 2.3))) is None


def test_only_an_unlikely_text_may_turn_out_to_be_the_better_one() -> None:
    assert [guard.name for guard in GUARDS if guard.is_about_probability] == ["unlikely", "unlikely-token"]
    assert [guard.is_about_probability for guard in GUARDS] == sorted(
        guard.is_about_probability for guard in GUARDS
    )


def test_a_text_is_sound_that_the_model_ended() -> None:
    cut_off = DecodedText(tokens=(1, 2), log_probabilities=(-0.1, -0.1), no_speech_probability=0.0)

    assert is_sound(decoded(-2.0, -2.0), "Ten of clubs.")
    assert not is_sound(cut_off, "Ten of clubs.")


def test_the_whole_window_is_computed_only_for_what_is_hardly_understood(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loaded_engine()
    caplog.set_level(logging.DEBUG, logger="realtime_mlx_stt")
    caplog.clear()
    audio = clip("jfk").audio
    noise = np.random.default_rng(0).normal(0.0, 3 * float(audio.std()), audio.size).astype(np.float32)

    assert not heard(audio).needed_full_window
    assert not caplog.messages
    assert heard(audio + noise).needed_full_window
    assert any("whole window" in message and "unlikely" in message for message in caplog.messages)
