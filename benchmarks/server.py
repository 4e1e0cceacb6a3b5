"""Puts load on the real server: clients that speak in real time, many that follow, and sockets that stay idle."""

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.figures import Figure, figure_table
from websockets.sync.client import connect

from realtime_mlx_stt.composition.settings import CACHE_VARIABLE, RuntimeSettings

__all__ = ["main", "measure"]

_SPEAKERS: Final = 4
_FOLLOWERS: Final = 50
_IDLE_SOCKETS: Final = 200
_SHORT_SECONDS: Final = 20.0
_LOOK_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 120.0
_OPENING: Final = '{"type": "open", "audio": {"encoding": "pcm_s16le"}}'
_MEGABYTE: Final = 1_000_000


@dataclass
class _Server:
    """A running server."""

    address: str
    process: "subprocess.Popen[str]"

    @property
    def worker(self) -> int:
        """The process that serves."""
        pid = self.process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])

    @property
    def memory_bytes(self) -> int:
        """The resident memory of the process that serves, in bytes."""
        status = Path(f"/proc/{self.worker}/status").read_text()
        return 1024 * int(re.findall(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)[0])

    @property
    def prompt_frames_percent(self) -> float:
        """The percentage of frames that were handed over within 50 ms, as the server itself counts."""
        with urllib.request.urlopen(f"http://{self.address}/metrics", timeout=_PATIENCE_SECONDS) as answer:
            figures = answer.read().decode()
        counts = dict(re.findall(r'^stt_event_delivery_seconds_bucket{le="([^"]+)"} (\S+)$', figures, re.MULTILINE))
        return 100 * float(counts["0.05"]) / float(counts["+Inf"])

    @property
    def is_ready(self) -> bool:
        """Whether the model is loaded."""
        try:
            with urllib.request.urlopen(f"http://{self.address}/ready", timeout=_PATIENCE_SECONDS) as answer:
                return bool(answer.status == 200)
        except urllib.error.URLError:
            return False


@dataclass
class _MemoryWatch:
    """Looks at a server's memory repeatedly, on a thread of its own."""

    server: _Server
    bytes_by_second: list[int] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Look until it is stopped."""
        while not self.is_over.wait(_LOOK_SECONDS):
            self.bytes_by_second.append(self.server.memory_bytes)

    @property
    def growth_bytes(self) -> int:
        """From the second quarter's largest to the last quarter's largest: by then every buffer has its size."""
        quarter = max(1, len(self.bytes_by_second) // 4)
        return max(self.bytes_by_second[-quarter:]) - max(self.bytes_by_second[quarter : 2 * quarter] or [0])


def main() -> None:
    """Measure for as long as told, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--speakers", type=int, default=_SPEAKERS)
    parser.add_argument("--followers", type=int, default=_FOLLOWERS)
    wishes = parser.parse_args()
    print(figure_table(measure(wishes.seconds, wishes.speakers, wishes.followers)))


def measure(
    seconds: float = _SHORT_SECONDS, speakers: int = _SPEAKERS, followers: int = _FOLLOWERS
) -> list[Figure]:
    """What idle sockets cost, and how soon events arrive under load; needs Linux, whose /proc tells of memory."""
    if not Path("/proc/self/status").exists():
        return []
    with tempfile.TemporaryDirectory() as folder, _serving(Path(folder)) as server:
        idle_bytes = _idle_cost_bytes(server)
        watch = _MemoryWatch(server)
        thread = threading.Thread(target=watch.run)
        thread.start()
        try:
            report = _load(server, seconds, speakers, followers)
            prompt_percent = server.prompt_frames_percent
        finally:
            watch.is_over.set()
            thread.join()
    load = f"{speakers} speaking and {followers} following clients, {seconds:g} s"
    delays = report["delay_ms"]
    return [
        Figure(name=f"{_IDLE_SOCKETS} idle sockets cost", value=idle_bytes / _MEGABYTE, unit="MB", aim="≤ 50"),
        Figure(name=f"{load}: events that clients got", value=report["events"], unit=""),
        Figure(name="events lost or doubled", value=report["lost"], unit="", aim="= 0"),
        Figure(name="hypotheses that slow readers went without", value=report["skipped"], unit=""),
        Figure(name="times that a speaker was half a minute ahead", value=report["overflows"], unit=""),
        Figure(name="final texts", value=report["texts"], unit=""),
        Figure(name="last text after the last word", value=report["settled_seconds"], unit="s"),
        Figure(name="event stored to event received, median", value=delays["median"], unit="ms"),
        Figure(name="event stored to event received, p95", value=delays["p95"], unit="ms", aim="≤ 50"),
        Figure(name="event stored to event received, p99", value=delays["p99"], unit="ms"),
        Figure(name="event stored to event received, largest", value=delays["largest"], unit="ms"),
        Figure(name="frames handed over within 50 ms of the store", value=prompt_percent, unit="%", aim="≥ 95"),
        Figure(name="memory of the server at the end", value=watch.bytes_by_second[-1] / _MEGABYTE, unit="MB"),
        Figure(
            name="memory that it grew by from the second to the last quarter",
            value=watch.growth_bytes / _MEGABYTE,
            unit="MB",
        ),
    ]


def _load(server: _Server, seconds: float, speakers: int, followers: int) -> Any:
    """What the clients heard; they run in another process."""
    command = [sys.executable, "-m", "benchmarks.server_clients", server.address]
    options = ["--seconds", str(seconds), "--speakers", str(speakers), "--followers", str(followers)]
    clients = subprocess.run(
        [*command, *options], stdout=subprocess.PIPE, check=True, timeout=seconds + 10 * _PATIENCE_SECONDS
    )
    return json.loads(clients.stdout)


def _idle_cost_bytes(server: _Server) -> int:
    """The memory of sockets that follow a session without events."""
    with connect(f"ws://{server.address}/api/v1/sessions/stream") as speaker:
        speaker.send(_OPENING)
        session_id = json.loads(speaker.recv())["session_id"]
        with contextlib.ExitStack() as opened:
            before = server.memory_bytes
            for _ in range(_IDLE_SOCKETS):
                address = f"ws://{server.address}/api/v1/sessions/{session_id}/stream?after=0"
                socket = opened.enter_context(connect(address, compression=None))
                socket.recv()
            cost = server.memory_bytes - before
        speaker.send('{"type": "stop"}')
        for message in speaker:
            if json.loads(message)["type"] == "stream-ended":
                break
    return cost


@contextlib.contextmanager
def _serving(folder: Path) -> Iterator[_Server]:
    """Run ``stt serve`` on a free port, with an empty home."""
    cache = RuntimeSettings.of_this_machine(os.environ).cache_folder
    own = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environment = own | {"HOME": str(folder), CACHE_VARIABLE: str(cache)}
    program = [sys.executable, "-m", "realtime_mlx_stt.composition.command_line"]
    process = subprocess.Popen(
        [*program, "serve", "--port", "0", "--no-browser"], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        address = re.findall(r"http://([^/]+)/", process.stdout.readline())[0]
        server = _Server(address, process)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not server.is_ready:
            if time.monotonic() > deadline:
                raise TimeoutError("The server does not become ready.")
            time.sleep(0.1)
        yield server
    finally:
        process.terminate()
        process.communicate(timeout=_PATIENCE_SECONDS)


if __name__ == "__main__":
    main()
