"""Times how long a program waits for the Python API, apart from the speaker and the model."""

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from benchmarks.figures import Figure
from dependency_injector import providers

from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.adapters.python_api.client.client import STTClient
from realtime_mlx_stt.adapters.python_api.configuration.configuration import ModelConfig
from realtime_mlx_stt.adapters.python_api.process_services import services, using_services
from realtime_mlx_stt.adapters.python_api.results import TranscriptionResult
from realtime_mlx_stt.adapters.python_api.session.session import TranscriptionSession
from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.composition.process_services import ContainerProcessServices
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.domain.events import UtteranceTranscribed
from realtime_mlx_stt.ports.audio_source import AudioSource, FileRequest, SourceRequest
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["measure"]

_MODEL: Final = "tiny.en"
_CLIP: Final = Path(__file__).parents[1] / "tests" / "data" / "speech" / "lj001-0002.wav"
_SILENCE_SECONDS: Final = 5.0
_ROUNDS: Final = 7


class _ClipAsMicrophone:
    """``AudioSources`` that play one file at the pace of speech, whichever microphone is asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self, _request: SourceRequest) -> AudioSource:
        return SystemAudioSources().open(FileRequest(path=self._path, speed=1.0))


class _FinalTime:
    """When the last final text was published, on the performance counter."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, stored: StoredEvent) -> None:
        if isinstance(stored.event, UtteranceTranscribed):
            self.seconds = time.perf_counter()


def measure() -> list[Figure]:
    """Medians of several rounds, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder, _process(Path(folder)):
        final = _FinalTime()
        services().orchestrator.subscribe(final)
        client = STTClient(default_model=_MODEL, vad_min_silence_duration=0.3)
        client.wait_for_ready(60.0)
        return [
            _figure(
                "transcribe_utterance returns after its final text", lambda: _return_seconds(client, final), 100
            ),
            _figure("on_transcription is called after its text", lambda: _callback_seconds(final)),
            _figure("start_recording_immediate returns", lambda: _recording_seconds(client), 50),
            _figure("stop returns while nobody speaks", _stop_seconds, 2000),
        ]


def _figure(name: str, seconds: Callable[[], float], aim_milliseconds: float | None = None) -> Figure:
    value = statistics.median(seconds() for _ in range(_ROUNDS)) * 1000
    return Figure(
        name=name, value=value, unit="ms", aim=None if aim_milliseconds is None else f"≤ {aim_milliseconds:g}"
    )


def _return_seconds(client: STTClient, final: _FinalTime) -> float:
    client.transcribe_utterance()
    return time.perf_counter() - final.seconds


def _callback_seconds(final: _FinalTime) -> float:
    called: list[float] = []
    is_called = threading.Event()

    def take(_result: TranscriptionResult) -> None:
        called.append(time.perf_counter())
        is_called.set()

    with TranscriptionSession(model=ModelConfig(model=_MODEL), on_transcription=take):
        is_called.wait(60.0)
    return called[0] - final.seconds


def _recording_seconds(client: STTClient) -> float:
    began = time.perf_counter()
    client.start_recording_immediate()
    seconds = time.perf_counter() - began
    client.stop()
    return seconds


def _stop_seconds() -> float:
    session = TranscriptionSession(model=ModelConfig(model=_MODEL))
    session.start()
    began = time.perf_counter()
    session.stop()
    return time.perf_counter() - began


@contextmanager
def _process(folder: Path) -> Iterator[None]:
    """The container of a program, whose microphone plays the clip and then nothing."""
    clip, rate = soundfile.read(_CLIP, dtype="float32")
    path = folder / "microphone.wav"
    soundfile.write(path, np.concatenate((clip, np.zeros(round(_SILENCE_SECONDS * rate), dtype=np.float32))), rate)
    machine = RuntimeSettings.of_this_machine(os.environ)
    container = Container(settings=replace(machine, database=folder / "sessions.db"))
    container.sources.override(providers.Object(_ClipAsMicrophone(path)))
    with using_services(ContainerProcessServices(container)):
        yield
    release(container)
