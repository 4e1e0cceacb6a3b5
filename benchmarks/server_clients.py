"""Runs clients of a server under load, all in one process: some speak in real time, many follow the events."""

import argparse
import asyncio
import json
import time
import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

__all__ = ["main"]

_CLIPS: Final = sorted((Path(__file__).parents[1] / "tests" / "data" / "speech").glob("*.wav"))
_RATE_HZ: Final = 16_000
_FRAME_SECONDS: Final = 0.1
_PAUSE_SECONDS: Final = 1.2
_SETTINGS: Final = {"transcription": {"model": "tiny.en", "language": "en"}}
_OPENING: Final = {
    "type": "open",
    "audio": {"encoding": "pcm_s16le", "sample_rate_hz": _RATE_HZ, "channels": 1},
    "settings": _SETTINGS,
}
_PATIENCE_SECONDS: Final = 900.0
"""How long to wait at the end: on a busy machine texts may come far behind, which the figures then show."""

_Samples = np.ndarray[Any, np.dtype[np.int16]]


@dataclass
class Follower:
    """What one client heard of a session: ``delays_ms`` are those of the events that came live."""

    session_id: str
    seqs: list[int] = field(default_factory=list)
    delays_ms: list[float] = field(default_factory=list)
    skipped: int = 0
    texts: int = 0
    overflows: int = 0
    resend_from: int | None = None
    is_held_up: bool = False
    settled_seconds: float = 0.0
    has_ended: bool = False
    joined_at: float = field(default_factory=time.time)

    def take(self, message: dict[str, Any]) -> None:
        """Take a message of the server's."""
        now = time.time()
        if "seq" in message:
            self.seqs.append(message["seq"])
            self.texts += message["type"] == "utterance-transcribed"
            if message["recorded_at"] >= self.joined_at:
                self.delays_ms.append(1000 * (now - message["recorded_at"]))
        elif message["type"] == "events-skipped":
            self.skipped += message["through"] - message["after"]
        elif message["type"] in ("audio-overflow", "audio-resumable"):
            self.is_held_up = message["type"] == "audio-overflow"
            self.overflows += self.is_held_up
            self.resend_from = message["next_position"]
        self.has_ended = self.has_ended or message["type"] == "stream-ended"

    @property
    def lost(self) -> int:
        """How many events were missing or repeated, and one more if the client does not know the session's end."""
        expected = range(1, max(self.seqs, default=0) + 1)
        return len(set(expected) - set(self.seqs)) + len(self.seqs) - len(set(self.seqs)) + (not self.has_ended)


def main() -> None:
    """Speak and follow, then print what was heard as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--speakers", type=int, default=4)
    parser.add_argument("--followers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=300.0)
    wishes = parser.parse_args()
    followers = asyncio.run(_load(wishes.address, wishes.speakers, wishes.followers, wishes.seconds))
    delays = sorted(delay for follower in followers for delay in follower.delays_ms)
    report = {
        "followers": len(followers),
        "events": sum(len(follower.seqs) for follower in followers),
        "lost": sum(follower.lost for follower in followers),
        "settled_seconds": max(follower.settled_seconds for follower in followers),
        "overflows": sum(follower.overflows for follower in followers),
        "skipped": sum(follower.skipped for follower in followers),
        "texts": sum(follower.texts for follower in followers[: wishes.speakers]),
        "delay_ms": {name: delays[round(share * (len(delays) - 1))] for name, share in _SHARES.items()},
    }
    print(json.dumps(report))


_SHARES: Final = {"median": 0.5, "p95": 0.95, "p99": 0.99, "largest": 1.0}


async def _load(address: str, speakers: int, followers: int, seconds: float) -> list[Follower]:
    """Run all clients at once; the speakers follow their own sessions as well."""
    async with asyncio.TaskGroup() as group:
        sockets = [await _opened(address) for _ in range(speakers)]
        heard = [follower for _, follower in sockets]
        tasks = [group.create_task(_follow(socket, follower)) for socket, follower in sockets]
        for number in range(followers):
            follower = Follower(heard[number % speakers].session_id)
            heard.append(follower)
            tasks.append(group.create_task(_join(address, follower)))
        for number, (socket, follower) in enumerate(sockets):
            tasks.append(group.create_task(_speak(socket, follower, _speech(number), seconds)))
    return heard


async def _opened(address: str) -> tuple[ClientConnection, Follower]:
    socket = await connect(f"ws://{address}/api/v1/sessions/stream", compression=None)
    await socket.send(json.dumps(_OPENING))
    opened = json.loads(await socket.recv())
    return socket, Follower(opened["session_id"])


async def _join(address: str, follower: Follower) -> None:
    path = f"/api/v1/sessions/{follower.session_id}/stream?after=0"
    async with connect(f"ws://{address}{path}", compression=None) as socket:
        await _follow(socket, follower)


async def _follow(socket: ClientConnection, follower: Follower) -> None:
    async for message in socket:
        follower.take(json.loads(message))


async def _speak(socket: ClientConnection, follower: Follower, speech: _Samples, seconds: float) -> None:
    """Say the speech over and over, at the pace at which it is spoken; audio that did not fit is sent again."""
    frame_samples = round(_FRAME_SECONDS * _RATE_HZ)
    began, position = time.monotonic(), 0
    while position < seconds * _RATE_HZ or follower.resend_from is not None:
        if follower.resend_from is not None:
            position, follower.resend_from = follower.resend_from, None
        ahead_seconds = began + position / _RATE_HZ - time.monotonic()
        if follower.is_held_up or ahead_seconds > 0:
            await asyncio.sleep(_FRAME_SECONDS if follower.is_held_up else ahead_seconds)
            continue
        samples = speech.take(range(position, position + frame_samples), mode="wrap")
        await socket.send(position.to_bytes(8, "little") + samples.tobytes())
        position += frame_samples
    await socket.send(json.dumps({"type": "end-audio"}))
    said_at = time.monotonic()
    await asyncio.wait_for(socket.wait_closed(), _PATIENCE_SECONDS)
    follower.settled_seconds = time.monotonic() - said_at


def _speech(number: int) -> _Samples:
    """The clips of 16 kHz one after the other, with pauses; each speaker begins with another clip."""
    clips = [samples for path in _CLIPS if (samples := _samples(path)) is not None]
    pause = np.zeros(round(_PAUSE_SECONDS * _RATE_HZ), dtype=np.int16)
    turned: Sequence[Any] = [*clips[number:], *clips[:number]]
    return np.concatenate([piece for clip in turned for piece in (clip, pause)])


def _samples(path: Path) -> _Samples | None:
    with wave.open(str(path)) as file:
        if file.getframerate() != _RATE_HZ or file.getnchannels() != 1:
            return None
        return np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)


if __name__ == "__main__":
    main()
