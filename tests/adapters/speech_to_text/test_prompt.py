"""What the model is shown before an utterance: it spells names by it, and never writes it itself."""

import numpy as np
import pytest
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.speech_to_text.loaded_model import loaded_engine
from tests.end_to_end.sound_scenes import word_errors

from realtime_mlx_stt.application.writing.decoding_options import decoding_options
from realtime_mlx_stt.domain.rejection import rejection_rule
from realtime_mlx_stt.domain.settings import RejectionSettings, TranscriptionSettings
from realtime_mlx_stt.domain.transcription import Transcription
from realtime_mlx_stt.ports.audio_source import AudioSamples

NAMES = ("Willoughby", "Siobhan", "Krzysztof", "Kubernetes", "Reykjavik", "Aoife")


def written(audio: AudioSamples, settings: TranscriptionSettings) -> Transcription:
    return loaded_engine().open_utterance(decoding_options(settings)).decode(audio, final=True)


def noise(kind: str) -> AudioSamples:
    seconds = np.arange(3 * 16_000) / 16_000
    chance = np.random.default_rng(0)
    sounds = {
        "hiss": chance.normal(0.0, 0.02, seconds.size),
        "loud hiss": chance.normal(0.0, 0.2, seconds.size),
        "hum": 0.1 * np.sin(2 * np.pi * 50 * seconds) + 0.05 * np.sin(2 * np.pi * 100 * seconds),
    }
    return sounds[kind].astype(np.float32)


def test_a_word_of_the_glossary_is_spelled_as_it_is_there() -> None:
    heard = clip("sense-and-sensibility-0880")
    assert "ill-disposed" not in written(heard.audio, TranscriptionSettings()).text
    assert "ill-disposed" in written(heard.audio, TranscriptionSettings(glossary=("ill-disposed",))).text


def test_a_prompt_that_repeats_itself_does_not_make_the_text_do_so() -> None:
    heard = clip("lj001-0004")
    repetitive = written(heard.audio, TranscriptionSettings(prompt="word " * 100))
    assert word_errors(heard.text, repetitive.text).all == 0


def test_what_is_shown_is_not_in_the_text_of_something_else() -> None:
    heard = clip("lj001-0004")
    settings = TranscriptionSettings(glossary=NAMES, prompt="They went home in the evening.")
    text = written(heard.audio, settings).text
    assert not any(name in text for name in (*NAMES, "evening"))
    assert text.lower().startswith("produced the block books")


@pytest.mark.parametrize("kind", ["hiss", "loud hiss", "hum"])
@pytest.mark.parametrize(
    "settings",
    [
        TranscriptionSettings(glossary=NAMES),
        TranscriptionSettings(prompt="And so, my fellow Americans, ask not what your country can do for you."),
    ],
)
def test_noise_behind_a_prompt_is_rejected_and_does_not_repeat_it(
    kind: str, settings: TranscriptionSettings
) -> None:
    audio = noise(kind)
    transcription = written(audio, settings)
    rule = rejection_rule(
        transcription,
        duration_samples=audio.size,
        peak_amplitude=float(np.abs(audio).max()),
        settings=RejectionSettings(),
    )
    assert rule is not None
    assert not any(name in transcription.text for name in (*NAMES, "Americans"))
