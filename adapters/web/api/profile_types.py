"""Describes the sections of a profile for the document; their meaning is decided in the application."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from realtime_mlx_stt.domain.settings import MOST_BEAMS

__all__ = [
    "AudioSection",
    "NewProfile",
    "ProfileItem",
    "ProfileList",
    "ProfileSections",
    "ProfileView",
    "SettingsOfProfile",
    "TranscriptionSection",
    "VadSection",
    "WakeWordSection",
]


class TranscriptionSection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who writes, and how.

    ``engine`` and ``model``: by name. ``language``: its code, null to have it detected. ``task``: ``transcribe`` or
    ``translate`` (into English). ``partial_interval_seconds``: how often a hypothesis is asked for, null for never.
    ``speculative_finals``: whether the final text is prepared at a pause.
    ``prompt``: text that the model takes for what was said before; it follows its style and spelling.
    ``glossary``: names and terms that may be said, as they are to be written.
    ``carry_context``: whether the model is shown the session's last texts.
    ``beam_size``: how many texts it follows side by side, from 1 to 10.
    ``smaller_model``: writes while the model does not keep up, null for none.
    ``auto_start`` and ``options``: read, and without effect.
    """

    engine: str | None = None
    model: str | None = None
    language: str | None = None
    task: str | None = None
    partial_interval_seconds: float | None = None
    speculative_finals: bool | None = None
    prompt: str | None = None
    glossary: list[str] | None = None
    carry_context: bool | None = None
    beam_size: Annotated[int, Meta(ge=1, le=MOST_BEAMS)] | None = None
    smaller_model: str | None = None
    auto_start: Any = None
    options: Any = None


class VadSection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When sound counts as speech, and where an utterance begins and ends; durations are in seconds.

    ``sensitivity``: from 0 to 1. ``parameters``: of these, ``silero_threshold`` counts. ``window_size`` is read and
    has no effect.
    """

    enabled: bool | None = None
    detector_type: str | None = None
    sensitivity: float | None = None
    min_speech_duration: float | None = None
    min_silence_duration: float | None = None
    pause_duration: float | None = None
    pre_roll_duration: float | None = None
    tail_duration: float | None = None
    longest_utterance: float | None = None
    parameters: dict[str, Any] | None = None
    window_size: Any = None


class WakeWordSection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which words wake the session: by name, as GET /wake-words lists them.

    ``sensitivity``: from 0 to 1. ``timeout``: for how many seconds what is said may begin after the word.
    ``single_utterance``: whether the word is used up by one utterance. ``detector`` is read and has no effect.
    """

    enabled: bool | None = None
    words: list[str] | None = None
    sensitivity: float | None = None
    timeout: float | None = None
    single_utterance: bool | None = None
    detector: Any = None


class AudioSection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The microphone of the server, and whether what it hears is written to disk."""

    device: int | str | None = None
    follow_default: bool | None = None
    record: bool | None = None


class SettingsOfProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sections of a profile; whatever is not given is as it usually is."""

    description: Any = None
    transcription: TranscriptionSection | None = None
    vad: VadSection | None = None
    wake_word: WakeWordSection | None = None
    audio: AudioSection | None = None


ProfileSections = Annotated[
    dict[str, Any], Meta(extra_json_schema={"$ref": "#/components/schemas/SettingsOfProfile"})
]
"""Sections of a profile as they come; they are described by ``SettingsOfProfile`` and checked as a whole."""

NewProfile = ProfileSections
"""A profile that is to be saved."""


class ProfileItem(msgspec.Struct, frozen=True, kw_only=True):
    """A profile in a list; ``is_built_in`` ones can be neither saved over nor deleted."""

    name: str
    is_built_in: bool
    description: str


class ProfileList(msgspec.Struct, frozen=True, kw_only=True):
    """All profiles; ``default`` is taken where a client names none."""

    profiles: tuple[ProfileItem, ...]
    default: str


class ProfileView(msgspec.Struct, frozen=True, kw_only=True):
    """A profile as it was saved."""

    name: str
    is_built_in: bool
    profile: dict[str, Any]
