"""Opens the container for the command line, with the folders and files that this machine's user has."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from realtime_mlx_stt.application.diagnosis import Check
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.composition.checks import installation_checks
from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.ports.audio_devices import AudioDevices
from realtime_mlx_stt.ports.audio_recording import AudioRecordings
from realtime_mlx_stt.ports.event_store import EventStore
from realtime_mlx_stt.ports.model_repository import ModelRepository
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextEngines

__all__ = ["ContainerServices", "open_container_services"]


@contextmanager
def open_container_services(
    database: Path | None = None, *, is_ephemeral: bool = False
) -> Iterator["ContainerServices"]:
    """The services over this database, the user's own with None; all is stopped and released at the end."""
    settings = RuntimeSettings.of_this_machine(os.environ, database=database, is_ephemeral=is_ephemeral)
    container = Container(settings=settings)
    try:
        yield ContainerServices(container)
    finally:
        release(container)


class ContainerServices:
    """The parts that commands use, each made by the container when it is first asked for."""

    def __init__(self, container: Container) -> None:
        self._container = container

    @property
    def orchestrator(self) -> SystemOrchestrator:
        """Runs sessions; sessions that a crash left open are closed when it is first asked for."""
        return self._container.orchestrator()

    @property
    def store(self) -> EventStore:
        """The log of all sessions, for reading; what a crash left open is closed where it can be written.

        Raises:
            EventStoreError: the database that was named is not there, or cannot be read.
        """
        return self._container.log()

    @property
    def models(self) -> ModelRepository:
        """The models that can be had."""
        return self._container.models()

    @property
    def engines(self) -> SpeechToTextEngines:
        """What can write texts."""
        engines: SpeechToTextEngines = self._container.engines()
        return engines

    @property
    def devices(self) -> AudioDevices:
        """The microphones."""
        devices: AudioDevices = self._container.devices()
        return devices

    @property
    def recordings(self) -> AudioRecordings:
        """The recorded audio of sessions."""
        recordings: AudioRecordings = self._container.recordings()
        return recordings

    @property
    def checks(self) -> Sequence[Check]:
        """What can be looked at to see whether all is well."""
        return installation_checks(self._container)
