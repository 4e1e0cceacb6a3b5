"""A profile says what the model is told besides the sound, and what writes while it does not keep up."""

import pytest

from realtime_mlx_stt.application.profiles.profiles import overridden
from realtime_mlx_stt.application.profiles.schema import changed_settings, pipeline_config
from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings

SECTION = {
    "prompt": "They went home.",
    "glossary": ["Dashwood", "Aoife"],
    "carry_context": True,
    "beam_size": 5,
    "smaller_model": "tiny.en",
}


def transcription(section: dict[str, object]) -> TranscriptionSettings:
    return pipeline_config({"transcription": section}).settings.transcription


def test_all_of_it_is_in_the_settings() -> None:
    assert transcription(SECTION) == TranscriptionSettings(
        prompt="They went home.",
        glossary=("Dashwood", "Aoife"),
        carries_context=True,
        beam_size=5,
        smaller_model="tiny.en",
    )


def test_nothing_of_it_is_usual() -> None:
    assert transcription({}) == transcription(dict.fromkeys(SECTION)) == TranscriptionSettings()


def test_a_change_leaves_what_it_does_not_name() -> None:
    before = SessionSettings(transcription=transcription(SECTION))
    after = changed_settings(before, {"transcription": {"glossary": [], "smaller_model": None}}).transcription
    assert (after.glossary, after.smaller_model) == ((), None)
    assert (after.prompt, after.carries_context, after.beam_size) == ("They went home.", True, 5)


def test_the_smaller_model_of_another_engine_does_not_count() -> None:
    profile = overridden({"transcription": SECTION}, {"transcription": {"engine": "openai"}})
    assert profile["transcription"]["smaller_model"] is None


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ({"promt": ""}, "transcription has no setting 'promt'. Did you mean 'prompt'?"),
        ({"prompt": 1}, "transcription.prompt must be text, got 1."),
        ({"glossary": "Dashwood"}, "transcription.glossary must be a list of words such as ["),
        ({"glossary": [" "]}, "transcription.glossary must hold no empty term."),
        ({"glossary": ["Dashwood"] * 51}, "transcription.glossary must not be longer than 500 bytes in all"),
        ({"carry_context": 1}, "transcription.carry_context must be true or false, got 1."),
        ({"beam_size": True}, "transcription.beam_size must be a whole number, got True."),
        ({"beam_size": 2.5}, "transcription.beam_size must be a whole number, got 2.5."),
        ({"beam_size": 0}, "transcription.beam_size must be between 1 and 10, got 0."),
    ],
)
def test_what_cannot_be_is_refused_in_a_profiles_words(section: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidSettingError) as refusal:
        transcription(section)
    assert str(refusal.value).startswith(sentence)
