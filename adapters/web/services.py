"""Describes what the web application needs of its process; the composition root provides it."""

from collections.abc import Sequence
from typing import Protocol

from realtime_mlx_stt.application.diagnosis import Check
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.ports.audio_devices import AudioDevices
from realtime_mlx_stt.ports.audio_recording import AudioRecordings
from realtime_mlx_stt.ports.event_bus import EventBus
from realtime_mlx_stt.ports.event_store import EventStore
from realtime_mlx_stt.ports.model_repository import ModelRepository
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextEngines
from realtime_mlx_stt.ports.wake_word import WakeWordDetection

__all__ = ["WebServices"]


class WebServices(Protocol):
    """The parts of the application; each is made when it is first asked for. Thread-safe."""

    @property
    def orchestrator(self) -> SystemOrchestrator:
        """Runs every session of this process, over the same loaded models."""
        ...

    @property
    def store(self) -> EventStore:
        """The log of all sessions, the one to which the orchestrator writes."""
        ...

    @property
    def bus(self) -> EventBus:
        """Where every event of this process is published once it is stored."""
        ...

    @property
    def models(self) -> ModelRepository:
        """The models that can be had."""
        ...

    @property
    def engines(self) -> SpeechToTextEngines:
        """What can write texts."""
        ...

    @property
    def devices(self) -> AudioDevices:
        """The microphones of this machine."""
        ...

    @property
    def recordings(self) -> AudioRecordings:
        """The recorded audio of sessions."""
        ...

    @property
    def wake_words(self) -> WakeWordDetection:
        """The words that can be heard."""
        ...

    @property
    def checks(self) -> Sequence[Check]:
        """What can be looked at to see whether all is well."""
        ...
