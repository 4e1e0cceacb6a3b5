"""OpenAI's client on a realtime connection: what it is told is kept, and can be waited for."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import openai
import soxr

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["RealtimeClient", "connected", "pcm", "resampled"]

RATE_HZ = 24_000
_CHUNK_BYTES = 2 * RATE_HZ // 10


def pcm(audio: AudioSamples) -> bytes:
    """Words told by their amplitude as a client sends them, 16 bits at 24 kHz: each keeps it up to its borders."""
    positions = np.arange(audio.size * RATE_HZ // SAMPLE_RATE_HZ) * SAMPLE_RATE_HZ // RATE_HZ
    return _as_integers(audio[positions])


def resampled(audio: AudioSamples) -> bytes:
    """Real speech as a client sends it."""
    return _as_integers(np.asarray(soxr.resample(audio, SAMPLE_RATE_HZ, RATE_HZ), dtype=np.float32))


def _as_integers(samples: AudioSamples) -> bytes:
    return np.rint(samples * 32_768).clip(-32_768, 32_767).astype("<i2").tobytes()


@dataclass
class RealtimeClient:
    """``connection`` is the client's own; ``events`` all that it was told so far."""

    connection: Any
    events: list[Any] = field(default_factory=list)

    def say(self, sound: bytes) -> None:
        """Send sound, a tenth of a second at a time."""
        for start in range(0, len(sound), _CHUNK_BYTES):
            chunk = base64.b64encode(sound[start : start + _CHUNK_BYTES]).decode()
            self.connection.input_audio_buffer.append(audio=chunk)

    def send(self, event: dict[str, Any]) -> None:
        """Send an event, be it right or wrong."""
        self.connection.send(event)

    def until(self, kind: str, count: int = 1) -> Any:
        """Hear what the server says until it has said this so often; returns the last of them."""
        while sum(event.type == kind for event in self.events) < count:
            self.events.append(self.connection.recv())
        return [event for event in self.events if event.type == kind][count - 1]

    @property
    def types(self) -> list[str]:
        """The kinds of what it was told."""
        return [event.type for event in self.events]

    def of(self, kind: str) -> list[Any]:
        """What it was told of a kind."""
        return [event for event in self.events if event.type == kind]


@contextmanager
def connected(client: openai.OpenAI, *, beta: bool = False, **query: str) -> Iterator[RealtimeClient]:
    """The client's connection while the context lasts, for transcription unless ``query`` says otherwise."""
    asked: dict[str, Any] = {"extra_query": {"intent": "transcription", **query}}
    if beta:
        asked["extra_headers"] = {"OpenAI-Beta": "realtime=v1"}
    with client.realtime.connect(**asked) as connection:
        yield RealtimeClient(connection)
