"""A process of the Python API with the container's real parts, but for microphones that follow a script."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from dependency_injector import providers
from tests.end_to_end.hearing import TIMEOUT_SECONDS
from tests.end_to_end.scripted_microphone import ScriptedMicrophones

from realtime_mlx_stt.adapters.python_api.process_services import using_services
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.composition.process_services import ContainerProcessServices
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["ScriptedProcess", "scripted_process"]


@dataclass
class ScriptedProcess:
    """A container whose microphones follow a script, and all that is published in it."""

    container: Container
    microphones: ScriptedMicrophones
    events: list[StoredEvent] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def orchestrator(self) -> SystemOrchestrator:
        orchestrator: SystemOrchestrator = self.container.orchestrator()
        return orchestrator

    def take(self, stored: StoredEvent) -> None:
        with self._changed:
            self.events.append(stored)
            self._changed.notify_all()

    def until(self, kind: type[e.SessionEvent], count: int) -> None:
        """Wait until so many events of the kind have been published."""

        def has_come() -> bool:
            return sum(isinstance(stored.event, kind) for stored in self.events) >= count

        with self._changed:
            assert self._changed.wait_for(has_come, TIMEOUT_SECONDS), [stored.event.type for stored in self.events]

    def until_heard(self) -> None:
        """Wait until the session has taken all that its microphone delivered."""
        (session_id,) = self.orchestrator.running_sessions()
        moment = threading.Event()
        while self.orchestrator.progress(session_id).heard_samples < self.microphones.newest.position:
            moment.wait(0.005)


@contextmanager
def scripted_process(folder: Path) -> Iterator[ScriptedProcess]:
    """A process of its own, with its database and profiles in ``folder``; the Python API works over it."""
    machine = RuntimeSettings.of_this_machine(os.environ)
    settings = replace(machine, database=folder / "sessions.db", profiles_folder=folder / "profiles")
    container, microphones = Container(settings=settings), ScriptedMicrophones()
    container.sources.override(providers.Object(microphones))
    made = ScriptedProcess(container, microphones)
    made.orchestrator.subscribe(made.take)
    with using_services(ContainerProcessServices(container)):
        yield made
    release(container)
