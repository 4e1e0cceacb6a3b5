"""Which texts of a window that was computed in part stand, and that the whole window is computed for the others."""

import numpy as np
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.speech_to_text.loaded_model import loaded_engine

from realtime_mlx_stt.adapters.speech_to_text.decoded_text import DecodedText
from realtime_mlx_stt.adapters.speech_to_text.text_guards import can_stand, is_sound
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription
from realtime_mlx_stt.ports.audio_source import AudioSamples


def decoded(*log_probabilities: float) -> DecodedText:
    """Of as many tokens as there are log-probabilities before that of the end."""
    tokens = tuple(range(len(log_probabilities) - 1))
    return DecodedText(tokens=tokens, log_probabilities=log_probabilities, no_speech_probability=0.0)


def heard(audio: AudioSamples) -> Transcription:
    return loaded_engine().open_utterance(DecodingOptions(language="en")).decode(audio, final=True)


def test_a_text_stands_that_ends_is_likely_and_does_not_repeat_itself() -> None:
    assert can_stand(decoded(-0.5, -0.5), "Ten of clubs.")
    assert not can_stand(decoded(-0.8, -0.8), "Ten of clubs.")
    assert not can_stand(decoded(-0.1, -0.1), "of clubs of clubs of clubs")
    assert not can_stand(decoded(-0.1, -0.1), "ha" * 40)


def test_a_text_is_sound_that_the_model_ended() -> None:
    cut_off = DecodedText(tokens=(1, 2), log_probabilities=(-0.1, -0.1), no_speech_probability=0.0)

    assert is_sound(decoded(-2.0, -2.0), "Ten of clubs.")
    assert not is_sound(cut_off, "Ten of clubs.")


def test_the_whole_window_is_computed_only_for_what_is_hardly_understood() -> None:
    audio = clip("jfk").audio
    noise = np.random.default_rng(0).normal(0.0, 3 * float(audio.std()), audio.size).astype(np.float32)

    assert not heard(audio).needed_full_window
    assert heard(audio + noise).needed_full_window
