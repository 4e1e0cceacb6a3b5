"""Describes what the commands need of the application; the composition root provides it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # Only for the types: NumPy, which these import, would slow down every --help.
    from realtime_mlx_stt.application.diagnosis import Check
    from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
    from realtime_mlx_stt.ports.audio_devices import AudioDevices
    from realtime_mlx_stt.ports.audio_recording import AudioRecordings
    from realtime_mlx_stt.ports.event_store import EventStore
    from realtime_mlx_stt.ports.model_repository import ModelRepository
    from realtime_mlx_stt.ports.speech_to_text import SpeechToTextEngines

__all__ = ["OpenServices", "Services"]


class Services(Protocol):
    """The parts of the application; each is made when it is first asked for."""

    @property
    def orchestrator(self) -> "SystemOrchestrator":
        """Runs sessions."""
        ...

    @property
    def store(self) -> "EventStore":
        """The log of all sessions."""
        ...

    @property
    def models(self) -> "ModelRepository":
        """The models that can be had."""
        ...

    @property
    def engines(self) -> "SpeechToTextEngines":
        """What can write texts."""
        ...

    @property
    def devices(self) -> "AudioDevices":
        """The microphones."""
        ...

    @property
    def recordings(self) -> "AudioRecordings":
        """The recorded audio of sessions."""
        ...

    @property
    def checks(self) -> "Sequence[Check]":
        """What can be looked at to see whether all is well."""
        ...


class OpenServices(Protocol):
    """Opens the services; leaving the context stops what runs and releases everything."""

    def __call__(
        self, database: Path | None = None, *, is_ephemeral: bool = False
    ) -> AbstractContextManager[Services]:
        """Open them over this database, the user's own with None, or over a log in memory when ``is_ephemeral``."""
        ...
