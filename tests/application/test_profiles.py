"""Profiles are merged at every depth, validated as a whole, and the built-in ones are always there."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.profile_store import FakeProfileStore

from realtime_mlx_stt.application.profiles.profiles import (
    BUILT_IN_PROFILES,
    DEFAULT_PROFILE,
    Profiles,
    deep_merge,
)
from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.domain.settings import (
    EndpointingSettings,
    VoiceActivitySettings,
    WakeWordSettings,
)
from realtime_mlx_stt.ports.audio_source import MicrophoneRequest
from realtime_mlx_stt.ports.profile_store import ProfileNameError, ProfileNotFoundError


@pytest.fixture
def profiles() -> Profiles:
    return Profiles(FakeProfileStore(), default_model=lambda _engine: "tiny.en")


def test_the_built_in_profiles_mean_what_they_always_meant(profiles: Profiles) -> None:
    triggered = profiles.configuration("vad-triggered").settings
    assert triggered.wake_word is None
    assert triggered.voice_activity == VoiceActivitySettings()
    assert triggered.endpointing == EndpointingSettings()
    waking = profiles.configuration("wake-word").settings
    assert waking.wake_word == WakeWordSettings(words=("jarvis",), threshold=0.5, timeout_seconds=30.0)
    assert DEFAULT_PROFILE == "vad-triggered"


def test_the_wake_word_may_open_a_window_for_more_than_one_utterance(profiles: Profiles) -> None:
    window = {"wake_word": {"single_utterance": False, "timeout": 60}}
    wake_word = profiles.configuration("wake-word", window).settings.wake_word
    assert wake_word == WakeWordSettings(words=("jarvis",), timeout_seconds=60.0, single_utterance=False)


def test_overrides_reach_every_depth_and_leave_the_rest(profiles: Profiles) -> None:
    config = profiles.configuration(
        "wake-word",
        {
            "wake_word": {"words": ["alexa"]},
            "vad": {"min_silence_duration": 1, "parameters": {"silero_threshold": 0.7}},
            "transcription": {"model": "base", "language": "de", "partial_interval_seconds": None},
            "audio": {"device": "USB", "record": True},
        },
    )
    assert config.settings.wake_word is not None
    assert (config.settings.wake_word.words, config.settings.wake_word.timeout_seconds) == (("alexa",), 30.0)
    assert config.settings.endpointing.minimum_silence_seconds == 1.0
    assert config.settings.voice_activity.onset_threshold == 0.7
    transcription = config.settings.transcription
    assert (transcription.model, transcription.language) == ("base", "de")
    assert transcription.partial_interval_seconds is None
    assert (config.source, config.record_audio) == (MicrophoneRequest(device="USB"), True)


def test_a_profile_without_a_model_gets_the_engines_default() -> None:
    profiles = Profiles(FakeProfileStore(), default_model=lambda engine: f"best of {engine}")
    profiles.save("mine", {"transcription": {"model": "base"}})
    profiles.save("theirs", {"transcription": {"engine": "openai"}})
    models = {name: profiles.configuration(name).settings.transcription.model for name in profiles.names()}
    assert models == {
        "mine": "base",
        "theirs": "best of openai",
        "vad-triggered": "best of mlx_whisper",
        "wake-word": "best of mlx_whisper",
    }


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"engine": "openai"}, ("openai", "best of openai")),
        ({"engine": "openai", "model": "whisper-1"}, ("openai", "whisper-1")),
        ({"engine": "mlx_whisper"}, ("mlx_whisper", "base")),
        ({"engine": None}, ("mlx_whisper", "base")),
        ({"language": "de"}, ("mlx_whisper", "base")),
    ],
)
def test_another_engine_does_not_get_a_model_that_is_not_its_own(
    overrides: dict[str, str | None], expected: tuple[str, str]
) -> None:
    profiles = Profiles(FakeProfileStore(), default_model=lambda engine: f"best of {engine}")
    profiles.save("mine", {"transcription": {"model": "base"}})
    wanted = profiles.configuration("mine", {"transcription": overrides}).settings.transcription
    assert (wanted.engine, wanted.model) == expected


@pytest.mark.parametrize("transcription", [5, "", [], {"engine": 5}, {"engine": []}])
def test_what_is_no_section_or_no_engine_gets_no_default_but_an_error(
    profiles: Profiles, transcription: object
) -> None:
    with pytest.raises(InvalidSettingError, match="transcription"):
        profiles.configuration("vad-triggered", {"transcription": transcription})


def test_a_saved_profile_is_listed_loaded_and_deleted(profiles: Profiles) -> None:
    mine = {"description": "For dictation.", "vad": {"sensitivity": 0.4}}
    profiles.save("mine", mine)
    assert profiles.names() == ("mine", "vad-triggered", "wake-word")
    assert profiles.load("mine") == mine
    assert profiles.configuration("mine").settings.voice_activity.onset_threshold == pytest.approx(0.6)
    profiles.delete("mine")
    assert profiles.names() == ("vad-triggered", "wake-word")


@pytest.mark.parametrize("name", sorted(BUILT_IN_PROFILES))
def test_a_built_in_profile_can_be_neither_saved_over_nor_deleted(profiles: Profiles, name: str) -> None:
    with pytest.raises(ProfileNameError):
        profiles.save(name, {})
    with pytest.raises(ProfileNameError):
        profiles.delete(name)


def test_what_is_loaded_of_a_built_in_profile_may_be_changed_without_harm(profiles: Profiles) -> None:
    loaded = profiles.load("vad-triggered")
    loaded["vad"]["sensitivity"] = 0.0
    loaded["vad"]["parameters"]["frame_duration_ms"] = 0
    assert profiles.load("vad-triggered")["vad"]["sensitivity"] == 0.6
    assert profiles.load("vad-triggered")["vad"]["parameters"]["frame_duration_ms"] == 30


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 65, "a\\b", "nul\0"])
def test_a_name_that_could_leave_the_folder_is_refused(profiles: Profiles, name: str) -> None:
    with pytest.raises(ProfileNameError):
        profiles.save(name, {})
    with pytest.raises((ProfileNameError, ProfileNotFoundError)):
        profiles.load(name)


def test_a_missing_profile_is_told_with_the_nearest_that_is_there(profiles: Profiles) -> None:
    with pytest.raises(
        ProfileNotFoundError, match=r"Did you mean 'wake-word'\? There are: vad-triggered, wake-word"
    ):
        profiles.configuration("wake-wrod")


@pytest.mark.parametrize(
    ("profile", "sentence"),
    [
        ({"wakeword": {}}, "profile has no setting 'wakeword'. Did you mean 'wake_word'?"),
        ({"vad": {"sensitivty": 0.5}}, "vad has no setting 'sensitivty'. Did you mean 'sensitivity'?"),
        (
            {"audio": {"colour": "blue"}},
            "audio has no setting 'colour'. There are: device, follow_default, record.",
        ),
        ({"vad": {"enabled": False}}, "vad.enabled cannot be false"),
        ({"vad": {"sensitivity": 1.5}}, "vad.sensitivity must be between 0 and 1"),
        ({"vad": {"sensitivity": "high"}}, "vad.sensitivity must be a number"),
        ({"vad": {"sensitivity": True}}, "vad.sensitivity must be a number"),
        ({"vad": {"sensitivity": float("nan")}}, "vad.sensitivity must be between 0 and 1"),
        ({"vad": {"detector_type": "ear"}}, "vad.detector_type must be one of"),
        ({"vad": {"min_silence_duration": 0}}, "vad.min_silence_duration must be between 0.05 and 10, got 0."),
        (
            {"vad": {"min_silence_duration": 0.1, "tail_duration": 0.5}},
            "vad.tail_duration (0.5) must not be longer than vad.min_silence_duration (0.1).",
        ),
        (
            {"vad": {"pre_roll_duration": 2, "tail_duration": 0.5, "longest_utterance": 4}},
            "vad.pre_roll_duration (2) and vad.tail_duration (0.5) together must be 0.1 s shorter than half of",
        ),
        (
            {"vad": {"parameters": {"silero_treshold": 0.9}}},
            "vad.parameters has no setting 'silero_treshold'. Did you mean 'silero_threshold'?",
        ),
        ({"vad": {"parameters": {"x": 1}}}, "vad.parameters has no setting 'x'. There are: "),
        (
            {"vad": {"parameters": {"silero_threshold": 1}}},
            "vad.parameters.silero_threshold must be between 0.01 and 0.99, got 1.",
        ),
        ({"vad": 3}, "vad must be an object"),
        ({"vad": {"parameters": []}}, "vad.parameters must be an object"),
        ({"transcription": {"model": 7}}, "transcription.model must be text"),
        ({"transcription": {"model": ""}}, "transcription.model must be named."),
        ({"transcription": {"partial_interval_seconds": 0}}, "transcription.partial_interval_seconds must be"),
        ({"wake_word": {"enabled": True, "words": "jarvis"}}, "wake_word.words must be a list of words"),
        ({"wake_word": {"enabled": True, "words": 5}}, "wake_word.words must be a list of words"),
        ({"wake_word": {"enabled": True, "words": {"a": 1}}}, "wake_word.words must be a list of words"),
        ({"wake_word": {"enabled": True, "words": [1]}}, "wake_word.words must be a list of words"),
        ({"wake_word": {"enabled": True, "words": []}}, "wake_word.words must name at least one wake word"),
        ({"wake_word": {"enabled": True, "timeout": 0}}, "wake_word.timeout must be between"),
        (
            {"wake_word": {"enabled": True, "single_utterance": 1}},
            "wake_word.single_utterance must be true or false, got 1.",
        ),
        ({"audio": {"device": True}}, "audio.device must be an index or a name"),
        ({"audio": {"record": "yes"}}, "audio.record must be true or false"),
    ],
)
def test_a_profile_that_is_wrong_anywhere_is_not_saved(
    profiles: Profiles, profile: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidSettingError) as raised:
        profiles.save("mine", profile)
    assert sentence in str(raised.value)
    assert "mine" not in profiles.names()


@pytest.mark.parametrize(
    "path",
    [
        "vad.sensitivity",
        "vad.min_speech_duration",
        "vad.min_silence_duration",
        "vad.pause_duration",
        "vad.pre_roll_duration",
        "vad.tail_duration",
        "vad.longest_utterance",
        "vad.parameters.silero_threshold",
        "transcription.partial_interval_seconds",
        "wake_word.sensitivity",
        "wake_word.timeout",
    ],
)
def test_a_number_out_of_range_is_named_as_it_was_typed(profiles: Profiles, path: str) -> None:
    overrides: Any = -1
    for key in reversed(path.split(".")):
        overrides = {key: overrides}
    with pytest.raises(InvalidSettingError, match=rf"^{path} must be between .*, got -1\.$"):
        profiles.configuration("wake-word", overrides)


def test_what_older_detectors_were_told_is_still_taken(profiles: Profiles) -> None:
    parameters = {
        "webrtc_aggressiveness": 3,
        "silero_threshold": 0.4,
        "frame_duration_ms": 20,
        "speech_confirmation_frames": 1,
        "silence_confirmation_frames": 5,
        "speech_buffer_size": 50,
        "webrtc_threshold": 0.6,
        "use_silero_confirmation": True,
        "faster_detection": False,
    }
    config = profiles.configuration("vad-triggered", {"vad": {"parameters": parameters}})
    assert config.settings.voice_activity.onset_threshold == 0.4


def test_short_silences_shorten_what_must_fit_into_them(profiles: Profiles) -> None:
    endpointing = profiles.configuration(
        "vad-triggered", {"vad": {"min_silence_duration": 0.1}}
    ).settings.endpointing
    assert (endpointing.pause_seconds, endpointing.tail_seconds) == (0.1, 0.1)


def test_null_counts_as_not_given(profiles: Profiles) -> None:
    nothing = {"wake_word": {"words": None, "timeout": None}, "vad": {"sensitivity": None}}
    assert profiles.configuration("wake-word", nothing) == profiles.configuration("wake-word")


def test_more_sensitive_hears_more(profiles: Profiles) -> None:
    thresholds = [
        profiles.configuration("wake-word", {"vad": {"sensitivity": s}, "wake_word": {"sensitivity": s}}).settings
        for s in (0, 0.5, 1)
    ]
    onsets = [each.voice_activity.onset_threshold for each in thresholds]
    wakes = [each.wake_word.threshold for each in thresholds if each.wake_word]
    assert onsets == sorted(onsets, reverse=True)
    assert wakes == sorted(wakes, reverse=True)


TREES = st.recursive(
    st.integers(), lambda values: st.dictionaries(st.sampled_from("abc"), values, max_size=3), max_leaves=8
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), TREES, max_size=3)


@given(OBJECTS, OBJECTS)
def test_a_merge_holds_every_override_and_what_was_not_overridden(
    base: dict[str, Any], over: dict[str, Any]
) -> None:
    merged = deep_merge(base, over)
    assert set(merged) == {*base, *over}
    for key, value in merged.items():
        if key not in over:
            assert value == base[key]
        elif isinstance(over[key], dict) and isinstance(base.get(key), dict):
            assert value == deep_merge(base[key], over[key])
        else:
            assert value == over[key]
    assert deep_merge(merged, over) == merged


def test_changes_of_a_session_leave_what_they_do_not_name(profiles: Profiles) -> None:
    before = profiles.configuration(
        "wake-word",
        {
            "vad": {"min_silence_duration": 1.0, "parameters": {"silero_threshold": 0.7}},
            "transcription": {"language": "en", "partial_interval_seconds": None},
        },
    ).settings
    after = profiles.changed_settings(before, {"vad": {"min_speech_duration": 0.1}, "wake_word": {"timeout": 5}})
    assert after == replace(
        before,
        endpointing=replace(before.endpointing, minimum_speech_seconds=0.1),
        wake_word=WakeWordSettings(words=("jarvis",), threshold=0.5, timeout_seconds=5.0),
    )
    assert profiles.changed_settings(before, {}) == before


def test_changes_of_a_session_may_take_away(profiles: Profiles) -> None:
    before = profiles.configuration("wake-word", {"transcription": {"language": "en"}}).settings
    after = profiles.changed_settings(
        before, {"transcription": {"language": None}, "wake_word": {"enabled": False}}
    )
    assert (after.transcription.language, after.wake_word) == (None, None)


def test_a_change_of_sensitivity_outdoes_the_threshold_that_was(profiles: Profiles) -> None:
    before = profiles.configuration("vad-triggered", {"vad": {"parameters": {"silero_threshold": 0.9}}}).settings
    after = profiles.changed_settings(before, {"vad": {"sensitivity": 0.6}})
    assert after.voice_activity == VoiceActivitySettings()


def test_a_change_to_another_engine_takes_its_default_model() -> None:
    profiles = Profiles(FakeProfileStore(), default_model=lambda engine: f"the usual one of {engine}")
    before = profiles.configuration("vad-triggered", {"transcription": {"model": "base"}}).settings
    other = profiles.changed_settings(before, {"transcription": {"engine": "openai"}}).transcription
    assert (other.engine, other.model) == ("openai", "the usual one of openai")
    named = profiles.changed_settings(before, {"transcription": {"engine": "openai", "model": "gpt"}}).transcription
    assert named.model == "gpt"
    same = profiles.changed_settings(before, {"transcription": {"engine": before.transcription.engine}})
    assert same.transcription.model == "base"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"audio": {"device": 1}}, "audio cannot be changed"),
        ({"vad": {"min_silence_duration": 0.01}}, r"vad\.min_silence_duration"),
        ({"vad": {"silence": 1}}, "no setting 'silence'"),
        ({"sound": {}}, "no setting 'sound'"),
    ],
)
def test_a_change_that_is_wrong_is_refused_in_the_words_of_profiles(
    profiles: Profiles, changes: dict[str, Any], sentence: str
) -> None:
    before = profiles.configuration("vad-triggered").settings
    with pytest.raises(InvalidSettingError, match=sentence):
        profiles.changed_settings(before, changes)
