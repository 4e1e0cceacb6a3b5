"""Times how long a person waits before anything happens: importing, help, and the first captured audio."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure
from dependency_injector import providers

from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.ports.audio_source import AudioDelivery, AudioSink, AudioSource, FileRequest, SourceRequest

__all__ = ["measure"]

_RUNS: Final = 7
_CLIP: Final = Path(__file__).parents[1] / "examples" / "speech.wav"
_TIMED_IMPORT: Final = (
    "import time; began = time.perf_counter(); import realtime_mlx_stt; print(time.perf_counter() - began)"
)


class _TimedSink:
    """Passes everything on, and remembers when the first delivery came."""

    def __init__(self, sink: AudioSink, times: list[float]) -> None:
        self._sink = sink
        self._times = times

    def offer(self, delivery: AudioDelivery) -> bool:
        self._times.append(time.perf_counter())
        return self._sink.offer(delivery)

    def put(self, delivery: AudioDelivery) -> bool:
        self._times.append(time.perf_counter())
        return self._sink.put(delivery)


class _TimedSource:
    """A source whose deliveries are timed."""

    def __init__(self, source: AudioSource, times: list[float]) -> None:
        self._source = source
        self._times = times
        self.stop = source.stop

    @property
    def description(self) -> str:
        return self._source.description

    @property
    def duration_samples(self) -> int | None:
        return self._source.duration_samples

    def start(self, sink: AudioSink) -> None:
        self._source.start(_TimedSink(sink, self._times))


class _TimedSources:
    """The machine's sources, timed."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def open(self, request: SourceRequest) -> AudioSource:
        self.times.clear()
        return _TimedSource(SystemAudioSources().open(request), self.times)


def measure() -> list[Figure]:
    """Medians of several runs, in milliseconds."""
    return [
        Figure(name="import realtime_mlx_stt", value=_median(_import_seconds), unit="ms", aim="≤ 150"),
        Figure(name="stt --help", value=_median(_help_seconds), unit="ms", aim="< 300"),
        Figure(name="start to first captured block", value=_first_block_milliseconds(), unit="ms", aim="≤ 50"),
    ]


def _median(seconds: Callable[[], float]) -> float:
    return statistics.median(seconds() for _ in range(_RUNS)) * 1000


def _import_seconds() -> float:
    run = subprocess.run([sys.executable, "-c", _TIMED_IMPORT], check=True, capture_output=True, text=True)
    return float(run.stdout)


def _help_seconds() -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "realtime_mlx_stt.composition.command_line", "--help"]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def _first_block_milliseconds() -> float:
    """From the call of ``start_pipeline`` to the first block that its source hands over; the model is loaded."""
    sources = _TimedSources()
    with tempfile.TemporaryDirectory() as folder:
        container = Container(
            settings=RuntimeSettings(
                database=Path(folder) / "sessions.db",
                cache_folder=RuntimeSettings.of_this_machine({}).cache_folder,
                profiles_folder=Path(folder),
                recordings_folder=Path(folder),
            ),
            sources=providers.Object(sources),
        )
        try:
            orchestrator = container.orchestrator()
            config = PipelineConfig(source=FileRequest(path=_CLIP, speed=1.0))
            orchestrator.initialize_pipeline(config)
            return (
                statistics.median(_first_block_seconds(orchestrator, config, sources) for _ in range(_RUNS)) * 1000
            )
        finally:
            release(container)


def _first_block_seconds(orchestrator: SystemOrchestrator, config: PipelineConfig, sources: _TimedSources) -> float:
    began = time.perf_counter()
    session_id = orchestrator.start_pipeline(config)
    while not sources.times:
        time.sleep(0.001)
    orchestrator.stop_pipeline(session_id, timeout_seconds=0.0)
    return sources.times[0] - began
