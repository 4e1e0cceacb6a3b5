"""``ModelConfig``: which model writes, as programs have always asked for it."""

from dataclasses import fields, is_dataclass, replace

import pytest
from tests.adapters.python_api.refusals import refusal
from tests.adapters.python_api.signatures import parameter_types

from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig
from realtime_mlx_stt.adapters.python_api.configuration.enumerations import TranscriptionEngine
from realtime_mlx_stt.application.profiles.schema import pipeline_config


def test_the_signature() -> None:
    assert is_dataclass(ModelConfig)
    positional = [parameter.name for parameter in fields(ModelConfig) if not parameter.kw_only]
    assert [(name, getattr(ModelConfig(), name)) for name in positional] == [
        ("engine", TranscriptionEngine.MLX_WHISPER),
        ("model", "whisper-large-v3-turbo"),
        ("language", None),
    ]
    types = parameter_types(ModelConfig)
    assert [types[name] for name in positional] == [TranscriptionEngine, str, str | None]


def test_what_the_model_is_told_is_given_by_name_and_is_in_the_dict_where_it_is_not_as_usual() -> None:
    told = {
        "prompt": "They went home.",
        "glossary": ["Dashwood"],
        "carry_context": True,
        "beam_size": 5,
        "smaller_model": "tiny.en",
    }
    section = ModelConfig(
        prompt="They went home.",
        glossary=["Dashwood"],
        carry_context=True,
        beam_size=5,
        smaller_model="tiny.en",
    ).to_dict()
    assert {name: section[name] for name in told} == told
    assert pipeline_config({"transcription": section}).settings.transcription.glossary == ("Dashwood",)
    assert told.keys().isdisjoint(ModelConfig().to_dict())


def test_what_the_model_cannot_be_told_is_refused() -> None:
    assert "Prompt must be a text" in refusal(lambda: ModelConfig(prompt=1))  # type: ignore[arg-type]
    assert "Glossary must be a list" in refusal(lambda: ModelConfig(glossary="Dashwood"))  # type: ignore[arg-type]
    assert "500 bytes" in refusal(lambda: ModelConfig(glossary=["Dashwood"] * 51))
    assert "beam_size must be between 1 and 10" in refusal(lambda: ModelConfig(beam_size=11))


def test_it_is_a_dict_in_the_words_of_profiles() -> None:
    assert ModelConfig().to_dict() == {
        "engine": "mlx_whisper",
        "model": "whisper-large-v3-turbo",
        "language": None,
    }
    openai = ModelConfig(TranscriptionEngine.OPENAI, "gpt-4o-transcribe", "de")
    assert openai.to_dict() == {"engine": "openai", "model": "gpt-4o-transcribe", "language": "de"}
    assert type(openai.to_dict()["engine"]) is str


def test_without_a_name_it_names_the_model_of_its_engine() -> None:
    config = ModelConfig(engine=TranscriptionEngine.OPENAI)
    assert config.model == config.to_dict()["model"] == "gpt-4o-transcribe"
    assert type(config.to_dict()["model"]) is str
    config.engine = TranscriptionEngine.MLX_WHISPER
    assert config.to_dict()["model"] == "whisper-large-v3-turbo"
    assert replace(ModelConfig(), engine=TranscriptionEngine.OPENAI) == ModelConfig(TranscriptionEngine.OPENAI)


def test_an_engine_may_be_a_plain_text() -> None:
    config = ModelConfig(engine="openai")  # type: ignore[arg-type]  # as many programs write it
    assert config.engine is TranscriptionEngine.OPENAI


def test_an_unknown_engine_is_refused_with_those_there_are() -> None:
    assert refusal(ModelConfig, engine="bogus") == "Unknown engine 'bogus'. There are: mlx_whisper, openai"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"engine": None}, "Unknown engine None. There are: mlx_whisper, openai"),
        ({"model": ""}, "Model must be a text that is not empty, got ''"),
        ({"model": "  "}, "Model must be a text that is not empty, got '  '"),
        ({"model": None}, "Model must be a text that is not empty, got None"),
        ({"model": 3}, "Model must be a text that is not empty, got 3"),
        ({"language": 3}, "Language must be a text or None, got 3"),
        ({"language": ["de"]}, "Language must be a text or None, got ['de']"),
    ],
)
def test_what_is_of_the_wrong_type_is_refused(arguments: dict[str, object], sentence: str) -> None:
    assert refusal(ModelConfig, **arguments) == sentence


def test_it_may_be_changed_and_compared() -> None:
    config = ModelConfig()
    config.language = "fr"
    assert config == ModelConfig(language="fr")


def test_a_language_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^There is no language 'englsh'; did you mean english"):
        ModelConfig(language="englsh")


@pytest.mark.parametrize("language", ["auto", "", None])
def test_a_language_can_be_left_to_be_detected(language: str | None) -> None:
    assert ModelConfig(language=language).language is None
