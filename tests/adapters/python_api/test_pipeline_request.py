"""What a program configures is what runs, and nothing that a profile says stands beside it."""

from dataclasses import replace
from typing import Any

import pytest
from tests.adapters.python_api.idle_process import IdleProcess
from tests.application.rig import Rig
from tests.fakes.speech_to_text import ScriptedEngines

from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig, VADConfig, WakeWordConfig
from realtime_mlx_stt.adapters.python_api.configuration.enumerations import TranscriptionEngine, VADDetectorType
from realtime_mlx_stt.adapters.python_api.configuration.pipeline_request import pipeline_config
from realtime_mlx_stt.adapters.python_api.process_services import using_services
from realtime_mlx_stt.application.profiles.schema import onset_threshold, wake_word_threshold
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.domain.settings import (
    EndpointingSettings,
    SessionSettings,
    TranscriptionSettings,
    VoiceActivitySettings,
    WakeWordSettings,
)
from realtime_mlx_stt.ports.audio_source import MicrophoneRequest


def waking(**arguments: Any) -> WakeWordConfig:
    with using_services(IdleProcess()):
        return WakeWordConfig(**arguments)


def requested(
    model: ModelConfig | None = None,
    vad: VADConfig | None = None,
    wake_word: WakeWordConfig | None = None,
    device: int | str | None = None,
) -> PipelineConfig:
    return pipeline_config(Rig().orchestrator, model or ModelConfig(), vad or VADConfig(), wake_word, device)


def test_without_anything_configured_it_is_the_default_profile_with_the_model_that_programs_expect() -> None:
    assert requested() == PipelineConfig(
        settings=SessionSettings(transcription=TranscriptionSettings(model="whisper-large-v3-turbo")),
        source=MicrophoneRequest(),
    )


def test_everything_that_is_configured_is_in_the_request() -> None:
    config = requested(
        ModelConfig(TranscriptionEngine.OPENAI, "gpt-4o-transcribe", "de"),
        VADConfig(sensitivity=0.9, min_speech_duration=0.1, min_silence_duration=2.0),
        waking(words=["Jarvis", "ALEXA"], sensitivity=0.2, timeout=7),
        "USB",
    )
    assert config.source == MicrophoneRequest(device="USB")
    assert config.settings == SessionSettings(
        voice_activity=VoiceActivitySettings(
            onset_threshold=onset_threshold(0.9), release_threshold=onset_threshold(0.9) - 0.15
        ),
        endpointing=EndpointingSettings(minimum_speech_seconds=0.1, minimum_silence_seconds=2.0),
        transcription=TranscriptionSettings(engine="openai", model="gpt-4o-transcribe", language="de"),
        wake_word=WakeWordSettings(
            words=("jarvis", "alexa"), threshold=wake_word_threshold(0.2), timeout_seconds=7.0
        ),
    )


def test_openai_takes_its_own_model_unless_one_is_named() -> None:
    openai = Rig(engines=ScriptedEngines(engine="openai", models=("gpt-4o-transcribe", "whisper-large-v3-turbo")))

    def model_for(config: ModelConfig) -> str:
        request = pipeline_config(openai.orchestrator, config, VADConfig(), None, None)
        return request.settings.transcription.model

    local = ModelConfig()
    unnamed = ModelConfig(TranscriptionEngine.OPENAI)
    named = ModelConfig(TranscriptionEngine.OPENAI, "whisper-large-v3-turbo")
    assert unnamed != named
    assert model_for(unnamed) == model_for(replace(local, engine=unnamed.engine)) == "gpt-4o-transcribe"
    assert model_for(named) == "whisper-large-v3-turbo"
    assert requested(local).settings.transcription.model == "whisper-large-v3-turbo"


def test_an_engine_that_is_changed_to_its_text_is_as_good_as_the_member() -> None:
    config = ModelConfig(model="tiny.en")
    config.engine = "mlx_whisper"  # type: ignore[assignment]  # as a program may
    assert requested(config) == requested(ModelConfig(model="tiny.en"))


def test_a_wake_words_settings_do_not_change_what_is_heard_after_it() -> None:
    vad = VADConfig(sensitivity=0.8, min_speech_duration=0.5, min_silence_duration=1.0, silero_threshold=0.3)
    without, after = requested(vad=vad).settings, requested(vad=vad, wake_word=waking()).settings
    assert (after.voice_activity, after.endpointing) == (without.voice_activity, without.endpointing)
    assert (without.wake_word, after.wake_word) == (None, WakeWordSettings(words=("jarvis",)))


@pytest.mark.parametrize("device", [None, 0, 3, "USB"])
def test_a_microphone_is_chosen_by_index_or_name(device: int | str | None) -> None:
    assert requested(device=device).source == MicrophoneRequest(device=device)


def test_more_sensitive_hears_more() -> None:
    heard = [
        requested(vad=VADConfig(sensitivity=s), wake_word=waking(sensitivity=s)).settings for s in (0.0, 0.5, 1.0)
    ]
    onsets = [settings.voice_activity.onset_threshold for settings in heard]
    wakes = [settings.wake_word.threshold for settings in heard if settings.wake_word]
    assert onsets == sorted(set(onsets), reverse=True)
    assert wakes == sorted(set(wakes), reverse=True)


def test_the_silero_threshold_goes_before_the_sensitivity() -> None:
    config = requested(vad=VADConfig(sensitivity=1.0, silero_threshold=0.9))
    assert config.settings.voice_activity.onset_threshold == 0.9


@pytest.mark.parametrize(
    "vad",
    [
        VADConfig(window_size=50),
        VADConfig(webrtc_aggressiveness=3),
        VADConfig(frame_duration_ms=10),
        VADConfig(silence_confirmation_frames=99),
        *(VADConfig(detector_type=detector) for detector in VADDetectorType),
    ],
)
def test_what_steered_older_detectors_changes_nothing(vad: VADConfig) -> None:
    assert requested(vad=vad) == requested()


def test_no_silence_at_all_is_the_shortest_there_can_be() -> None:
    config = requested(vad=VADConfig(min_silence_duration=0.0))
    assert config.settings.endpointing.minimum_silence_seconds == 0.05


def test_wake_words_that_are_not_enabled_are_as_good_as_none() -> None:
    assert requested(wake_word=waking(enabled=False, words=["alexa"])) == requested()


def test_without_voice_activity_a_wake_word_says_when_to_listen() -> None:
    assert requested(vad=VADConfig(enabled=False), wake_word=waking()) == requested(wake_word=waking())


@pytest.mark.parametrize("wake_word", [None, waking(enabled=False)])
def test_with_neither_there_is_nothing_to_begin_an_utterance(wake_word: WakeWordConfig | None) -> None:
    with pytest.raises(InvalidSettingError, match=r"VADConfig\(enabled=False\) needs a wake word"):
        requested(vad=VADConfig(enabled=False), wake_word=wake_word)


@pytest.mark.parametrize(
    ("name", "value"), [("sensitivity", 2.0), ("min_silence_duration", 11.0), ("silero_threshold", "low")]
)
def test_what_was_changed_to_something_wrong_is_refused_as_well(name: str, value: object) -> None:
    vad = VADConfig()
    setattr(vad, name, value)
    with pytest.raises(ValueError, match=f"{name} must be"):
        requested(vad=vad)


def test_no_word_is_nothing_to_be_woken_by() -> None:
    with pytest.raises(ValueError, match=r"words must name at least one wake word"):
        requested(wake_word=waking(words=[]))
