"""The web application over fakes on real sockets, and a client of its session streams that is steered by hand."""

import json
import select
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tests.adapters.web.rig import FakeWebServices, WebRig, serving
from tests.adapters.web.websocket.connection_rig import RawClient, frame
from tests.application.rig import TIMEOUT_SECONDS, Rig
from tests.fakes.speech_to_text import spoken

from realtime_mlx_stt.adapters.web.server_config import ServerConfig, ServerLimits
from realtime_mlx_stt.domain.events import SessionEvent
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["AUDIO", "SETTINGS", "StreamClient", "StreamRig", "pcm", "speech_and_silence"]

NEW = "/api/v1/sessions/stream"
AUDIO = {"encoding": "pcm_f32le", "sample_rate_hz": 16_000}
SETTINGS = {"transcription": {"model": "tiny.en", "partial_interval_seconds": None, "speculative_finals": False}}
TEXT, BINARY, CLOSE = 1, 2, 8


def pcm(samples: AudioSamples) -> bytes:
    """The samples as a client sends them that declared ``AUDIO``."""
    return samples.astype("<f4").tobytes()


def speech_and_silence(*numbers: int) -> AudioSamples:
    """These words, and as much silence as ends an utterance."""
    return np.concatenate([np.zeros(4000, np.float32), spoken(*numbers), np.zeros(16_000, np.float32)])


class StreamClient:
    """Talks on one stream; what comes is read when it is asked for."""

    def __init__(self, address: str, path: str, receive_bytes: int = 0) -> None:
        self.raw = RawClient(address, path, receive_bytes=receive_bytes)
        self.closing: tuple[int, str] | None = None

    def say(self, kind: str, **fields: object) -> None:
        """Send a message."""
        self.raw.send(frame(TEXT, json.dumps({"type": kind, **fields}).encode()))

    def send(self, message: str | bytes) -> None:
        """Send anything."""
        self.raw.send(frame(TEXT, message.encode()) if isinstance(message, str) else frame(BINARY, message))

    def sound(self, position: int, payload: bytes) -> None:
        """Send a frame of audio."""
        self.raw.send(frame(BINARY, position.to_bytes(8, "little") + payload))

    def hear(self) -> dict[str, Any]:
        """The server's next message.

        Raises:
            ConnectionError: the server closes; its message has the code and the reason.
        """
        while True:
            opcode, payload = self.raw.read_frame()
            if opcode == TEXT:
                heard: dict[str, Any] = json.loads(payload)
                return heard
            if opcode == CLOSE:
                self.closing = (int.from_bytes(payload[:2], "big"), payload[2:].decode())
                raise ConnectionError(*self.closing)

    def until(self, kind: str, **fields: object) -> dict[str, Any]:
        """The next message of the kind with these fields; those before it are passed over."""
        while True:
            heard = self.hear()
            if heard["type"] == kind and fields.items() <= heard.items():
                return heard

    def rest(self) -> list[dict[str, Any]]:
        """All messages until the server closes."""
        return list(self._until_close())

    def close_code(self) -> tuple[int, str]:
        """How the server closes; messages before it are passed over."""
        return self.raw.read_close()

    def has_more(self) -> bool:
        """Whether something can be read at once."""
        return bool(self.raw.left or select.select([self.raw.socket], [], [], 0)[0])

    def close(self) -> None:
        """Close without a word."""
        self.raw.close()

    def _until_close(self) -> Iterator[dict[str, Any]]:
        try:
            while True:
                yield self.hear()
        except ConnectionError:
            return


@dataclass
class StreamRig:
    """The application, served; at the end nothing of it is left."""

    limits: ServerLimits = field(default_factory=ServerLimits)
    rig: Rig = field(default_factory=Rig)
    send_buffer_bytes: int = 0
    token: str | None = None

    def __post_init__(self) -> None:
        config = ServerConfig(limits=self.limits, auth_token=self.token)
        self.web = WebRig(services=FakeWebServices(rig=self.rig), config=config)

    @contextmanager
    def serving(self) -> Iterator["Served"]:
        """The server while the context lasts; at its end every session is over and no thread is left."""
        before = set(threading.enumerate())
        with serving(self.web.app, self.send_buffer_bytes) as address:
            served = Served(self, address)
            try:
                yield served
            finally:
                for client in served.clients:
                    client.close()
                self.web.close()
        deadline = time.monotonic() + TIMEOUT_SECONDS
        for thread in set(threading.enumerate()) - before:
            thread.join(max(0.0, deadline - time.monotonic()))
            assert not thread.is_alive(), thread.name


@dataclass
class Served:
    """Where the application is served."""

    streams: StreamRig
    address: str
    clients: list[StreamClient] = field(default_factory=list)

    def connect(self, path: str = NEW, receive_bytes: int = 0) -> StreamClient:
        """A client of that path, closed at the end."""
        client = StreamClient(self.address, path, receive_bytes)
        self.clients.append(client)
        return client

    def start(self, audio: Mapping[str, object] | None = None, **fields: object) -> tuple[StreamClient, str]:
        """A client that started a session to which it sends audio, and the session's name."""
        client = self.connect()
        client.say("open", audio=AUDIO if audio is None else audio, settings=SETTINGS, **fields)
        opened = client.hear()
        assert opened["type"] == "stream-opened", opened
        return client, opened["session_id"]

    def join(self, session_id: str, after: int = 0, **fields: object) -> StreamClient:
        """A client of a session that is there, whose stream is open."""
        client = self.connect(f"/api/v1/sessions/{session_id}/stream")
        client.say("open", after=after, **fields)
        opened = client.hear()
        assert opened["type"] == "stream-opened", opened
        return client

    def happen(self, session_id: SessionId, *events: SessionEvent) -> None:
        """Have a session that nobody runs say this."""
        rig = self.streams.rig
        last = max((stored.seq for stored in rig.store.read(session_id)), default=0)
        rig.bus.publish(rig.store.append(session_id, last, events, 0.0))

    def log(self, session_id: str) -> tuple[StoredEvent, ...]:
        """What is stored of the session."""
        return tuple(self.streams.rig.store.read(SessionId(session_id)))
