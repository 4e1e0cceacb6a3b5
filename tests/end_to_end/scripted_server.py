"""The web application with the container's real parts, but for microphones that follow a script."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from dependency_injector import providers
from tests.adapters.web.rig import serving
from tests.end_to_end.hearing import TIMEOUT_SECONDS
from tests.end_to_end.scripted_microphone import ScriptedMicrophone, ScriptedMicrophones

from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.adapters.web.application import create_app
from realtime_mlx_stt.adapters.web.closing import ServerClosing
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.server_config import ServerConfig
from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.composition.web_services import ContainerWebServices
from realtime_mlx_stt.ports.audio_source import AudioSource, MicrophoneRequest, SourceRequest

__all__ = ["ScriptedServer", "scripted_server"]


@dataclass
class _Sources:
    """Scripted microphones, and the real sources of all else."""

    microphones: ScriptedMicrophones = field(default_factory=ScriptedMicrophones)

    def open(self, request: SourceRequest) -> AudioSource:
        if isinstance(request, MicrophoneRequest):
            return self.microphones.open(request)
        return SystemAudioSources().open(request)


@dataclass
class ScriptedServer:
    """A server that is reached at ``address``."""

    address: str
    container: Container
    microphones: ScriptedMicrophones

    @property
    def microphone(self) -> ScriptedMicrophone:
        """The one that was opened last."""
        return self.microphones.newest


@contextmanager
def scripted_server(folder: Path, config: ServerConfig | None = None) -> Iterator[ScriptedServer]:
    """A server of its own, with its database and profiles in ``folder``."""
    machine = RuntimeSettings.of_this_machine(os.environ)
    settings = replace(machine, database=folder / "sessions.db", profiles_folder=folder / "profiles")
    container, sources, closing = Container(settings=settings), _Sources(), ServerClosing()
    container.sources.override(providers.Object(sources))
    services = ContainerWebServices(container)
    app = create_app(WebContext(services=services, config=config or ServerConfig(), closing=closing))
    try:
        with serving(app) as address:
            yield ScriptedServer(address, container, sources.microphones)
            closing.begin()
            services.orchestrator.close(TIMEOUT_SECONDS)
    finally:
        release(container)
