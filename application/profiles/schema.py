"""Turns the sections of a profile into settings; it keeps the words that users have always written them in."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

from realtime_mlx_stt.application.profiles.keys import SECTIONS, in_profile_words, refuse_unknown_keys, section_of
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.domain.settings import (
    EndpointingSettings,
    SessionSettings,
    TranscriptionSettings,
    VoiceActivitySettings,
    WakeWordSettings,
)
from realtime_mlx_stt.domain.transcription import TranscriptionTask
from realtime_mlx_stt.ports.audio_source import MicrophoneRequest

__all__ = ["changed_settings", "onset_threshold", "pipeline_config", "wake_word_threshold"]

_DETECTORS: Final = ("combined", "silero", "webrtc")
_ONSET_ABOVE_RELEASE: Final = 0.15

_T = TypeVar("_T")


def onset_threshold(sensitivity: float) -> float:
    """Silero's threshold for a sensitivity from 0 to 1: more sensitive is lower; 0.6 gives Silero's own 0.5."""
    return 0.8 - 0.5 * sensitivity


def wake_word_threshold(sensitivity: float) -> float:
    """OpenWakeWord's threshold for a sensitivity from 0 to 1; 0.7 gives its own 0.5."""
    return 0.85 - 0.5 * sensitivity


def pipeline_config(profile: Mapping[str, Any]) -> PipelineConfig:
    """The configuration that a profile, overrides already merged in, asks for.

    Raises:
        InvalidSettingError: a key is unknown, or a value has the wrong type or is out of range.
    """
    sections = _sections(profile)
    audio = sections["audio"]
    device = audio.get("device")
    if device is not None and (isinstance(device, bool) or not isinstance(device, int | str)):
        raise InvalidSettingError("audio.device must be an index or a name.")
    return PipelineConfig(
        settings=_settings(sections, SessionSettings()),
        source=MicrophoneRequest(device=device, follows_default=_value(audio, "audio.follow_default", bool, True)),
        record_audio=_value(audio, "audio.record", bool, False),
    )


def changed_settings(settings: SessionSettings, changes: Mapping[str, Any]) -> SessionSettings:
    """The settings with sections of a profile laid over them; what is not given stays as it is.

    Raises:
        InvalidSettingError: a key is unknown, a value has the wrong type or is out of range, or the changes are
            about the source, which a session keeps.
    """
    sections = _sections(changes)
    if sections["audio"]:
        raise InvalidSettingError("audio cannot be changed while a session runs; start another session for it.")
    return _settings(sections, settings)


def _sections(profile: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    refuse_unknown_keys("profile", profile)
    return {name: section_of(profile, name) for name in SECTIONS}


def _settings(sections: Mapping[str, Mapping[str, Any]], usual: SessionSettings) -> SessionSettings:
    if not _value(sections["vad"], "vad.enabled", bool, True):
        raise InvalidSettingError(
            "vad.enabled cannot be false: without voice activity detection no utterance would ever end."
        )
    try:
        return replace(
            usual,
            voice_activity=_voice_activity(sections["vad"], usual.voice_activity),
            endpointing=_endpointing(sections["vad"], usual.endpointing),
            transcription=_transcription(sections["transcription"], usual.transcription),
            wake_word=_wake_word(sections["wake_word"], usual.wake_word),
        )
    except InvalidSettingError as error:
        raise in_profile_words(error) from error


def _voice_activity(section: Mapping[str, Any], usual: VoiceActivitySettings) -> VoiceActivitySettings:
    detector = _value(section, "vad.detector_type", str, "combined")
    if detector not in _DETECTORS:
        raise InvalidSettingError(f"vad.detector_type must be one of {', '.join(_DETECTORS)}, got {detector!r}.")
    onset = usual.onset_threshold
    if section.get("sensitivity") is not None:
        onset = onset_threshold(_fraction("vad.sensitivity", _value(section, "vad.sensitivity", float, 0.0)))
    onset = _value(section_of(section, "vad.parameters"), "vad.parameters.silero_threshold", float, onset)
    if onset == usual.onset_threshold:
        return usual
    return VoiceActivitySettings(onset_threshold=onset, release_threshold=max(0.01, onset - _ONSET_ABOVE_RELEASE))


def _endpointing(section: Mapping[str, Any], usual: EndpointingSettings) -> EndpointingSettings:
    silence = _value(section, "vad.min_silence_duration", float, usual.minimum_silence_seconds)
    return EndpointingSettings(
        minimum_speech_seconds=_value(section, "vad.min_speech_duration", float, usual.minimum_speech_seconds),
        minimum_silence_seconds=silence,
        pause_seconds=_value(section, "vad.pause_duration", float, min(usual.pause_seconds, silence)),
        pre_roll_seconds=_value(section, "vad.pre_roll_duration", float, usual.pre_roll_seconds),
        tail_seconds=_value(section, "vad.tail_duration", float, min(usual.tail_seconds, silence)),
        longest_utterance_seconds=_value(section, "vad.longest_utterance", float, usual.longest_utterance_seconds),
    )


def _transcription(section: Mapping[str, Any], usual: TranscriptionSettings) -> TranscriptionSettings:
    return TranscriptionSettings(
        engine=_value(section, "transcription.engine", str, usual.engine),
        model=_value(section, "transcription.model", str, usual.model),
        language=_optional_text(section, "transcription.language") if "language" in section else usual.language,
        partial_interval_seconds=_partial_interval(section, usual.partial_interval_seconds),
        speculative_finals=_value(section, "transcription.speculative_finals", bool, usual.speculative_finals),
        task=_task(section, usual.task),
        prompt=_value(section, "transcription.prompt", str, usual.prompt),
        glossary=_texts(section, "transcription.glossary", usual.glossary),
        carries_context=_value(section, "transcription.carry_context", bool, usual.carries_context),
        beam_size=_value(section, "transcription.beam_size", int, usual.beam_size),
        smaller_model=_optional_text(section, "transcription.smaller_model")
        if "smaller_model" in section
        else usual.smaller_model,
    )


def _partial_interval(section: Mapping[str, Any], usual: float | None) -> float | None:
    """The shortest time between two hypotheses; without the key the usual one, with null none at all."""
    if section.get("partial_interval_seconds") is None:
        return None if "partial_interval_seconds" in section else usual
    return _value(section, "transcription.partial_interval_seconds", float, 0.0)


def _task(section: Mapping[str, Any], usual: TranscriptionTask) -> TranscriptionTask:
    task = _value(section, "transcription.task", str, usual)
    if task not in list(TranscriptionTask):
        tasks = " or ".join(TranscriptionTask)
        raise InvalidSettingError(f"transcription.task must be {tasks}, got {task!r}.")
    return TranscriptionTask(task)


def _wake_word(section: Mapping[str, Any], before: WakeWordSettings | None) -> WakeWordSettings | None:
    usual = before or WakeWordSettings(words=("jarvis",))
    words = _texts(section, "wake_word.words", usual.words)
    timeout = _value(section, "wake_word.timeout", float, usual.timeout_seconds)
    single_utterance = _value(section, "wake_word.single_utterance", bool, usual.single_utterance)
    sensitivity = _value(section, "wake_word.sensitivity", float, -1.0)
    if not _value(section, "wake_word.enabled", bool, before is not None):
        return None  # what kind of value each must be holds all the same, but not its range
    if section.get("sensitivity") is None:
        threshold = usual.threshold
    else:
        threshold = wake_word_threshold(_fraction("wake_word.sensitivity", sensitivity))
    return WakeWordSettings(
        words=words, threshold=threshold, timeout_seconds=timeout, single_utterance=single_utterance
    )


def _fraction(path: str, value: float) -> float:
    if not 0.0 <= value <= 1.0:
        raise InvalidSettingError(f"{path} must be between 0 and 1, got {value:g}.")
    return value


def _texts(section: Mapping[str, Any], path: str, usual: tuple[str, ...]) -> tuple[str, ...]:
    """The list at the end of ``path``; a single text is refused, as it would be read as a list of its letters."""
    given = section.get(path.rpartition(".")[2])
    if given is None:
        return usual
    if not isinstance(given, list | tuple) or not all(isinstance(text, str) for text in given):
        raise InvalidSettingError(f'{path} must be a list of words such as ["one", "two"], got {given!r}.')
    return tuple(given)


def _optional_text(section: Mapping[str, Any], path: str) -> str | None:
    return _value(section, path, str, "") or None


def _value(section: Mapping[str, Any], path: str, kind: type[_T], usual: _T) -> _T:
    """The setting at the end of ``path``; None counts as not given, and a whole number as a number."""
    value = section.get(path.rpartition(".")[2])
    if value is None:
        return usual
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise InvalidSettingError(f"{path} must be {_KIND_NAMES[kind]}, got {value!r}.")
    return value


_KIND_NAMES: Final[Mapping[type, str]] = {
    float: "a number",
    int: "a whole number",
    str: "text",
    bool: "true or false",
}
