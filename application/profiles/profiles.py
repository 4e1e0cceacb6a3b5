"""Profiles: named starting points for a session, merged with overrides and validated as a whole."""

import difflib
from collections.abc import Callable, Mapping
from typing import Any, Final

from realtime_mlx_stt.application.profiles.schema import changed_settings, pipeline_config
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.domain.settings import SessionSettings, TranscriptionSettings
from realtime_mlx_stt.ports.profile_store import (
    Profile,
    ProfileNameError,
    ProfileNotFoundError,
    ProfileStore,
)

__all__ = ["BUILT_IN_PROFILES", "DEFAULT_PROFILE", "Profiles", "deep_merge", "overridden"]

DEFAULT_PROFILE: Final = "vad-triggered"

_VOICE_ACTIVITY: Final[Profile] = {
    "enabled": True,
    "detector_type": "combined",
    "sensitivity": 0.6,
    "min_speech_duration": 0.25,
    "min_silence_duration": 0.6,
    "parameters": {
        "frame_duration_ms": 30,
        "speech_confirmation_frames": 2,
        "silence_confirmation_frames": 30,
        "speech_buffer_size": 100,
    },
}

BUILT_IN_PROFILES: Final[Mapping[str, Profile]] = {
    "vad-triggered": {
        "description": "VAD-triggered transcription - only transcribe when speech is detected",
        "transcription": {"auto_start": True},
        "vad": _VOICE_ACTIVITY,
        "wake_word": {"enabled": False},
    },
    "wake-word": {
        "description": "Wake word activated - say 'jarvis' to start listening",
        "transcription": {"auto_start": False},
        "vad": _VOICE_ACTIVITY,
        "wake_word": {"enabled": True, "words": ["jarvis"], "sensitivity": 0.7, "timeout": 30},
    },
}
"""Always there; they can be neither saved over nor deleted."""


class Profiles:
    """The built-in profiles and the user's own in one place. Thread-safe.

    ``default_model`` returns the model of an engine for which no model is named.
    """

    def __init__(self, store: ProfileStore, default_model: Callable[[str], str]) -> None:
        self._store = store
        self._default_model = default_model

    def names(self) -> tuple[str, ...]:
        """The names of all profiles, sorted."""
        return tuple(sorted({*BUILT_IN_PROFILES, *self._store.names()}))

    def load(self, name: str) -> Profile:
        """The profile as it was saved.

        Raises:
            ProfileNotFoundError, ProfileNameError, ProfileStoreError.
        """
        built_in = BUILT_IN_PROFILES.get(name)
        if built_in is not None:
            return deep_merge(built_in, {})
        if name not in self._store.names():
            raise ProfileNotFoundError(_not_found(name, self.names()))
        return self._store.load(name)

    def save(self, name: str, profile: Profile) -> None:
        """Save a profile of the user's, if it is valid as a whole.

        Raises:
            ProfileNameError: the name cannot be used or is a built-in's.
            InvalidSettingError: the profile is not valid.
            ProfileStoreError: it cannot be written.
        """
        _refuse_built_in(name, "saved over")
        pipeline_config(profile)
        self._store.save(name, profile)

    def delete(self, name: str) -> None:
        """Remove a profile of the user's.

        Raises:
            ProfileNameError: the profile is a built-in.
            ProfileNotFoundError, ProfileStoreError.
        """
        _refuse_built_in(name, "deleted")
        self._store.delete(name)

    def configuration(self, name: str, overrides: Mapping[str, Any] | None = None) -> PipelineConfig:
        """What the profile asks for, ``overridden``; where no model is named, the engine's default one is taken.

        Raises:
            ProfileNotFoundError, InvalidSettingError, ProfileStoreError.
            SpeechToTextError: there is no such engine, or its default model cannot be told.
        """
        profile = overridden(self.load(name), overrides or {})
        engine = _engine(profile)
        if isinstance(engine, str) and _names_no_model(profile):
            profile = deep_merge(profile, {"transcription": {"model": self._default_model(engine)}})
        return pipeline_config(profile)

    def changed_settings(self, settings: SessionSettings, changes: Mapping[str, Any]) -> SessionSettings:
        """The settings of a session with sections of a profile laid over them; what is not given stays as it is.

        Where another engine is chosen and no model is named, the engine's default one is taken, and no smaller one.

        Raises:
            InvalidSettingError: the changes or their outcome are not valid.
            SpeechToTextError: there is no such engine, or its default model cannot be told.
        """
        changed = changed_settings(settings, changes)
        engine = changed.transcription.engine
        if engine == settings.transcription.engine:
            return changed
        models: dict[str, Any] = {"smaller_model": None, **changes["transcription"]}
        if _names_no_model(changes):
            models["model"] = self._default_model(engine)
        return changed_settings(changed, {"transcription": models})


def overridden(profile: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """``profile`` with ``overrides`` merged into it at every depth.

    A model belongs to its engine: where ``overrides`` choose another engine and no model, those of the profile do
    not count.
    """
    if _engine(deep_merge(profile, overrides)) != _engine(profile):
        profile = deep_merge(profile, {"transcription": {"model": None, "smaller_model": None}})
    return deep_merge(profile, overrides)


def deep_merge(base: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with ``overrides`` laid over it; mappings are merged at every depth, all else is replaced."""
    merged: dict[str, Any] = {
        key: deep_merge(value, {}) if isinstance(value, Mapping) else value for key, value in base.items()
    }
    for key, value in overrides.items():
        before = merged.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            merged[key] = deep_merge(before, value)
        else:
            merged[key] = value
    return merged


def _refuse_built_in(name: str, what: str) -> None:
    if name in BUILT_IN_PROFILES:
        raise ProfileNameError(f"The profile '{name}' is built in and cannot be {what}; use another name.")


def _not_found(name: str, names: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return f"There is no profile '{name}'.{hint} There are: {', '.join(names)}."


def _names_no_model(profile: Mapping[str, Any]) -> bool:
    transcription = profile.get("transcription")
    return transcription is None or (isinstance(transcription, Mapping) and transcription.get("model") is None)


def _engine(profile: Mapping[str, Any]) -> object:
    """The engine that the profile names, not checked; the usual one when it names none."""
    transcription = profile.get("transcription")
    named = transcription.get("engine") if isinstance(transcription, Mapping) else None
    return named or TranscriptionSettings().engine
