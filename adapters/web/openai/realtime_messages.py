"""Reads what a client may send on a realtime connection, in the words of both generations of OpenAI's API."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from realtime_mlx_stt.adapters.web.openai.errors import InvalidParameterError

__all__ = [
    "AppendAudio",
    "ClearAudio",
    "ClientEvent",
    "CommitAudio",
    "InputAudio",
    "InputTranscription",
    "ServerVad",
    "SessionBody",
    "UpdateSession",
    "is_beta",
    "read_event",
]


_Milliseconds = Annotated[int, Meta(ge=0, le=86_400_000)]
"""A day at most; the settings refuse other durations that are too long."""


class InputTranscription(msgspec.Struct, kw_only=True):
    """Which model writes, in which language; ``prompt`` is text that the model takes for what was said before."""

    model: str | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    prompt: str | UnsetType | None = UNSET


class ServerVad(msgspec.Struct, kw_only=True):
    """When speech begins and ends."""

    type: str = "server_vad"
    threshold: float | UnsetType | None = UNSET
    prefix_padding_ms: _Milliseconds | UnsetType | None = UNSET
    silence_duration_ms: _Milliseconds | UnsetType | None = UNSET


class _Format(msgspec.Struct, kw_only=True):
    type: str | None = "audio/pcm"
    rate: int | None = 24_000


class InputAudio(msgspec.Struct, kw_only=True):
    """The part of a session that is about what the client says."""

    format: _Format | None = None
    transcription: InputTranscription | UnsetType | None = UNSET
    turn_detection: ServerVad | UnsetType | None = UNSET


class _Audio(msgspec.Struct, kw_only=True):
    input: InputAudio | None = None


class SessionBody(msgspec.Struct, kw_only=True):
    """A session as clients describe it: flat in the beta, below ``audio.input`` since."""

    type: str = "transcription"
    audio: _Audio | None = None
    input_audio_format: str | None = "pcm16"
    input_audio_transcription: InputTranscription | UnsetType | None = UNSET
    turn_detection: ServerVad | UnsetType | None = UNSET
    include: list[str] | None = None


class _Event(msgspec.Struct, kw_only=True, tag_field="type"):
    event_id: str | None = None


class UpdateSession(_Event, kw_only=True, tag="session.update"):
    """Change what the session works with; what is left out stays as it is."""

    session: SessionBody


class _UpdateBetaSession(UpdateSession, kw_only=True, tag="transcription_session.update"):
    """The same in the beta."""


class AppendAudio(_Event, kw_only=True, tag="input_audio_buffer.append"):
    """More sound, which is PCM in base64."""

    audio: bytes


class CommitAudio(_Event, kw_only=True, tag="input_audio_buffer.commit"):
    """What was said up to here is wanted now."""


class ClearAudio(_Event, kw_only=True, tag="input_audio_buffer.clear"):
    """What was said since the last commit is not wanted."""


ClientEvent = UpdateSession | AppendAudio | CommitAudio | ClearAudio
"""One of the events above."""

_KNOWN = UpdateSession | _UpdateBetaSession | AppendAudio | CommitAudio | ClearAudio


def read_event(document: dict[str, Any]) -> ClientEvent:
    """The event that a JSON object is.

    Raises:
        InvalidParameterError: it is none that this server knows, or has something wrong in it.
    """
    try:
        event: ClientEvent = msgspec.convert(document, type=_KNOWN)
    except msgspec.ValidationError as error:
        sentence, _, place = str(error).partition(" - at `$")
        raise InvalidParameterError(f"{sentence}.", place.strip(".`") or "type") from error
    return event


def is_beta(event: UpdateSession) -> bool:
    """Whether the client speaks as in the beta."""
    return isinstance(event, _UpdateBetaSession)
