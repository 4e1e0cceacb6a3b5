"""The web application over the application's rig, called directly or over real sockets."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from tests.application.rig import TIMEOUT_SECONDS, Rig
from tests.fakes.audio_devices import FakeAudioDevices
from tests.fakes.model_repository import FakeModelRepository
from werkzeug.serving import make_server

from realtime_mlx_stt.adapters.web.application import create_app
from realtime_mlx_stt.adapters.web.closing import ServerClosing
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.server_config import ServerConfig
from realtime_mlx_stt.application.diagnosis import Check, Finding, Verdict
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.ports.audio_devices import AudioDevices
from realtime_mlx_stt.ports.audio_recording import AudioRecordings
from realtime_mlx_stt.ports.event_bus import EventBus
from realtime_mlx_stt.ports.event_store import EventStore
from realtime_mlx_stt.ports.model_repository import ModelRepository
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextEngines
from realtime_mlx_stt.ports.wake_word import WakeWordDetection

__all__ = ["UPGRADE", "FakeWebServices", "WebRig", "serving"]

UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
"""How a request asks to become a WebSocket."""


@dataclass
class FakeWebServices:
    """``WebServices`` over the application's rig; a test that pulls models gives them a folder."""

    rig: Rig = field(default_factory=Rig)
    devices: AudioDevices = field(default_factory=FakeAudioDevices)
    models: ModelRepository = field(default_factory=lambda: FakeModelRepository(Path("models-of-no-test")))
    checks: Sequence[Check] = (
        Check(part="Whisper", look=lambda: Finding(verdict=Verdict.GOOD, text="It writes."), remedy="Install it."),
    )

    @property
    def orchestrator(self) -> SystemOrchestrator:
        return self.rig.orchestrator

    @property
    def store(self) -> EventStore:
        return self.rig.store

    @property
    def bus(self) -> EventBus:
        return self.rig.bus

    @property
    def engines(self) -> SpeechToTextEngines:
        return self.rig.engines

    @property
    def recordings(self) -> AudioRecordings:
        return self.rig.recordings

    @property
    def wake_words(self) -> WakeWordDetection:
        return self.rig.wake_words


@dataclass
class WebRig:
    """The application and everything around it."""

    services: FakeWebServices = field(default_factory=FakeWebServices)
    config: ServerConfig = field(default_factory=ServerConfig)
    closing: ServerClosing = field(default_factory=ServerClosing)

    def __post_init__(self) -> None:
        context = WebContext(services=self.services, config=self.config, closing=self.closing)
        self.app = create_app(context)
        self.client = self.app.test_client()

    @property
    def rig(self) -> Rig:
        return self.services.rig

    def close(self) -> None:
        """End what runs, as the server does at its end."""
        self.closing.begin()
        self.rig.orchestrator.close(TIMEOUT_SECONDS)


@contextmanager
def serving(app: Flask, send_buffer_bytes: int = 0) -> Iterator[str]:
    """The application on a port of its own while the context lasts; where it is, as ``127.0.0.1:port``.

    Werkzeug's server will do for tests: like gunicorn's it gives a connection a thread and hands over its socket.
    ``send_buffer_bytes``: so much the system keeps for a client that does not read; as much as it likes if 0.
    """
    server = make_server("127.0.0.1", 0, app, threaded=True)
    if send_buffer_bytes:
        server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer_bytes)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="test-server")
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(TIMEOUT_SECONDS)
        server.server_close()
