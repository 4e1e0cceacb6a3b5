"""Defines how people write a profile: its keys, the terms of a glossary, and the key that an error names."""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from realtime_mlx_stt.domain.errors import InvalidSettingError

__all__ = ["SECTIONS", "glossary_terms", "in_profile_words", "known_keys", "refuse_unknown_keys", "section_of"]

SECTIONS: Final = ("transcription", "vad", "wake_word", "audio")

_KNOWN_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "profile": frozenset((*SECTIONS, "description")),
    "transcription": frozenset(
        (
            "auto_start",
            "beam_size",
            "carry_context",
            "engine",
            "glossary",
            "language",
            "model",
            "options",
            "partial_interval_seconds",
            "prompt",
            "smaller_model",
            "speculative_finals",
            "task",
        )
    ),
    "vad": frozenset(
        (
            "detector_type",
            "enabled",
            "longest_utterance",
            "min_silence_duration",
            "min_speech_duration",
            "parameters",
            "pause_duration",
            "pre_roll_duration",
            "sensitivity",
            "tail_duration",
            "window_size",
        )
    ),
    # Of these only the first still means something; the others were settings of detectors that are no longer used.
    "vad.parameters": frozenset(
        (
            "silero_threshold",
            "aggressiveness",
            "faster_detection",
            "frame_duration_ms",
            "history_size",
            "min_silence_duration_ms",
            "min_speech_duration_ms",
            "pre_speech_buffer_size",
            "sample_rate",
            "silence_confirmation_frames",
            "speech_buffer_size",
            "speech_confirmation_frames",
            "speech_pad_ms",
            "speech_threshold",
            "threshold",
            "use_silero_confirmation",
            "webrtc_aggressiveness",
            "webrtc_threshold",
        )
    ),
    "wake_word": frozenset(("detector", "enabled", "sensitivity", "single_utterance", "timeout", "words")),
    "audio": frozenset(("device", "follow_default", "record")),
}

_KEYS_OF_SETTINGS: Final[Mapping[str, str]] = {
    "onset_threshold": "vad.parameters.silero_threshold",
    "minimum_speech_seconds": "vad.min_speech_duration",
    "minimum_silence_seconds": "vad.min_silence_duration",
    "pause_seconds": "vad.pause_duration",
    "pre_roll_seconds": "vad.pre_roll_duration",
    "tail_seconds": "vad.tail_duration",
    "longest_utterance_seconds": "vad.longest_utterance",
    "engine": "transcription.engine",
    "model": "transcription.model",
    "language": "transcription.language",
    "partial_interval_seconds": "transcription.partial_interval_seconds",
    "prompt": "transcription.prompt",
    "glossary": "transcription.glossary",
    "beam_size": "transcription.beam_size",
    "smaller_model": "transcription.smaller_model",
    "words": "wake_word.words",
    "timeout_seconds": "wake_word.timeout",
}
_SETTING_IN_ERROR: Final = re.compile(rf"(?<![.\w])({'|'.join(_KEYS_OF_SETTINGS)})(?= must | \()")
"""Finds the domain's name of a setting in an error about it; some of the names are ordinary words as well."""


def known_keys(path: str) -> frozenset[str]:
    """The keys that a section may have; ``profile`` is the whole."""
    return _KNOWN_KEYS[path]


def section_of(parent: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """The section at the end of ``path``, empty when it is not given.

    Raises:
        InvalidSettingError: it is no section, or has a key that a profile never had.
    """
    section = parent.get(path.rpartition(".")[2])
    if section is None:
        return {}
    if not isinstance(section, Mapping):
        raise InvalidSettingError(f"{path} must be an object with settings, got {section!r}.")
    refuse_unknown_keys(path, section)
    return section


def refuse_unknown_keys(path: str, section: Mapping[str, Any]) -> None:
    """Raise ``InvalidSettingError`` for a key that ``path`` never had; it names the nearest key, or all of them."""
    known: Collection[str] = known_keys(path)
    for key in section:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else f" There are: {', '.join(sorted(known))}."
            raise InvalidSettingError(f"{path} has no setting '{key}'.{hint}")


def in_profile_words(error: InvalidSettingError) -> InvalidSettingError:
    """The error of the domain with the profile's keys in place of the domain's names."""
    return InvalidSettingError(_SETTING_IN_ERROR.sub(lambda name: _KEYS_OF_SETTINGS[name[0]], str(error)))


def glossary_terms(texts: Iterable[str]) -> list[str]:
    """The terms of a glossary that was written with one term per text, one per line, or with commas between."""
    terms = (term.strip() for text in texts for line in text.splitlines() for term in line.split(","))
    return [term for term in terms if term]
