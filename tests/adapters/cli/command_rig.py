"""Runs command lines over an orchestrator with stand-ins for its ports, and keeps what they print."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.application.rig import Rig
from tests.fakes.audio_devices import FakeAudioDevices

from realtime_mlx_stt.application.diagnosis import Check
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.ports.audio_recording import AudioRecordings
from realtime_mlx_stt.ports.event_store import EventStore
from realtime_mlx_stt.ports.model_repository import (
    ModelDescription,
    ModelUnreachableError,
    PullProgress,
    UnknownModelError,
)
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextEngines

__all__ = ["CommandRig", "StubModels"]


class StubModels:
    """Has ``tiny.en`` at hand, and knows of ``base`` but cannot fetch it; ``pulled`` are those asked for."""

    def __init__(self) -> None:
        self.pulled: list[str] = []

    def models(self) -> tuple[ModelDescription, ...]:
        return (
            ModelDescription(
                name="tiny.en", origin="a wheel", is_available=True, is_multilingual=False, size_bytes=75_000_000
            ),
            ModelDescription(
                name="base", origin="the hub", is_available=False, is_multilingual=True, size_bytes=None
            ),
        )

    def require_known(self, name: str) -> None:
        raise AssertionError("no command asks that by itself")

    def pull(self, name: str, progress: PullProgress | None = None) -> Path:
        self.pulled.append(name)
        if name == "base":
            raise ModelUnreachableError("The model base is not on this machine; available here: tiny.en.")
        if name != "tiny.en":
            raise UnknownModelError(f"There is no model {name}; did you mean tiny.en?")
        if progress is not None:
            progress("Converting tiny.en", 75_000_000, 75_000_000)
        return Path("models") / name

    def verify(self, name: str) -> ModelDescription:
        self.pull(name)
        return self.models()[0]


@dataclass
class CommandRig:
    """The services over ``rig``; ``opened`` tells which databases the commands asked for."""

    rig: Rig = field(default_factory=Rig)
    devices: FakeAudioDevices = field(default_factory=FakeAudioDevices)
    models: StubModels = field(default_factory=StubModels)
    checks: Sequence[Check] = ()
    opened: list[tuple[Path | None, bool]] = field(default_factory=list)

    @property
    def orchestrator(self) -> SystemOrchestrator:
        return self.rig.orchestrator

    @property
    def store(self) -> EventStore:
        return self.rig.store

    @property
    def engines(self) -> SpeechToTextEngines:
        return self.rig.engines

    @property
    def recordings(self) -> AudioRecordings:
        return self.rig.recordings

    @contextmanager
    def open(self, database: Path | None = None, *, is_ephemeral: bool = False) -> Iterator["CommandRig"]:
        self.opened.append((database, is_ephemeral))
        yield self
