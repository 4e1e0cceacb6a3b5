"""Opens the container for the web application."""

import threading
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from realtime_mlx_stt.application.diagnosis import Check
from realtime_mlx_stt.application.orchestrator import OrchestratorClosedError, SystemOrchestrator
from realtime_mlx_stt.composition.checks import installation_checks
from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.ports.audio_devices import AudioDevices
from realtime_mlx_stt.ports.audio_recording import AudioRecordings
from realtime_mlx_stt.ports.event_bus import EventBus
from realtime_mlx_stt.ports.event_store import EventStore
from realtime_mlx_stt.ports.model_repository import ModelRepository
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextEngines
from realtime_mlx_stt.ports.wake_word import WakeWordDetection

__all__ = ["ContainerWebServices"]

_Part = TypeVar("_Part")

_STOP_SECONDS: Final = 3.0
"""How long the server's end waits for the texts that are owed: the whole end is promised within 5 s."""


class ContainerWebServices:
    """The ``WebServices`` of this machine. Thread-safe, which the container is not."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._container.stop_seconds.override(_STOP_SECONDS)
        self._lock = threading.RLock()
        self._is_closed = False

    def open(self) -> None:
        """Open the log and close sessions that a crash left open, so that a failure to do so is known at once.

        Raises:
            EventStoreError: it cannot.
        """
        _ = self.orchestrator

    def stop(self) -> None:
        """Stop what runs, with texts as far as they come within 3 s, and start nothing any more; idempotent.

        Parts can still be had meanwhile and afterwards, so that clients can be told the outcome.
        """
        with self._lock:
            orchestrator = None if self._is_closed else self._container.orchestrator()
        if orchestrator is not None:
            orchestrator.close(_STOP_SECONDS)

    def close(self) -> None:
        """Stop what runs and release everything; nothing is made again after this. Idempotent."""
        self.stop()
        with self._lock:
            self._is_closed = True
            release(self._container)

    @property
    def orchestrator(self) -> SystemOrchestrator:
        """Runs sessions; sessions that a crash left open are closed when it is first asked for."""
        return self._made(self._container.orchestrator)

    @property
    def store(self) -> EventStore:
        """The log of all sessions, the one to which the orchestrator writes."""
        return self._made(self._container.store)

    @property
    def bus(self) -> EventBus:
        """Where every event of this process is published."""
        return self._made(self._container.bus)

    @property
    def models(self) -> ModelRepository:
        """The models that can be had."""
        return self._made(self._container.models)

    @property
    def engines(self) -> SpeechToTextEngines:
        """What can write texts."""
        return self._made(self._container.engines)

    @property
    def devices(self) -> AudioDevices:
        """The microphones."""
        return self._made(self._container.devices)

    @property
    def recordings(self) -> AudioRecordings:
        """The recorded audio of sessions."""
        return self._made(self._container.recordings)

    @property
    def wake_words(self) -> WakeWordDetection:
        """The words that can be heard."""
        return self._made(self._container.wake_words)

    @property
    def checks(self) -> Sequence[Check]:
        """What can be looked at to see whether all is well."""
        return installation_checks(self._container)

    def _made(self, provider: Callable[[], _Part]) -> _Part:
        with self._lock:
            if self._is_closed:
                raise OrchestratorClosedError("The server has ended; nothing is to be had from it any more.")
            return provider()
