"""The messages that a session is sent besides audio: results of inference, and requests of whoever runs it."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from realtime_mlx_stt.application.inference.requests import InferenceResult
from realtime_mlx_stt.domain.commands import SessionCommand
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.ports.wake_word import WakeWordDetector

__all__ = ["AudioProgress", "CommandHere", "CommandRequest", "SessionMessage", "SettingsRequest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioProgress:
    """How far the audio has been heard, and how much of the open utterance was voiced."""

    at_sample: int
    voiced_samples: int


CommandHere = Callable[[AudioProgress], SessionCommand]
"""Makes a command at the position that the audio has reached when it is done."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CommandRequest:
    """Someone asks for a command at the present position; ``reply`` gets None or the error."""

    command: CommandHere
    reply: "Future[None]"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SettingsRequest:
    """Someone asks for other settings; the detector is for their wake words, None if they name none."""

    settings: SessionSettings
    wake_word: WakeWordDetector | None
    reply: "Future[None]"


SessionMessage = InferenceResult | CommandRequest | SettingsRequest
"""One of the messages above."""
