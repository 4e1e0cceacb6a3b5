"""Times everything but the models, per 32 ms of audio: file, mailbox, segmentation, decisions, SQLite and bus.

The detector and the engine are replaced by ones that answer at once; everything else is what a session runs.
"""

import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from benchmarks.figures import Figure
from dependency_injector import providers

from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription
from realtime_mlx_stt.ports.audio_source import AudioSamples, FileRequest
from realtime_mlx_stt.ports.voice_activity import WINDOW_SAMPLES

__all__ = ["measure"]

_MINUTES: Final = 10
_TURN_SECONDS: Final = 4
"""Speech and silence alternate, so that an utterance begins and ends every eight seconds."""


class _Detector:
    """Answers at once whether a window is loud."""

    def open(self) -> "_Detector":
        return self

    def probability(self, window: AudioSamples) -> float:
        return 0.95 if window[0] > 0.05 else 0.02

    def reset(self) -> None:
        """Do nothing: nothing is remembered."""


class _Engine:
    """Answers at once, always with the same text."""

    model = "tiny.en"
    most_together = 1

    def open(self, _engine: str, _model: str) -> "_Engine":
        return self

    def language_code(self, _engine: str, _model: str, language: str | None) -> str | None:
        return language

    def fetch(self, _engine: str, _model: str) -> None:
        """Do nothing: there is nothing to fetch."""

    def default_model(self, _engine: str) -> str:
        return self.model

    def is_remote(self, _engine: str) -> bool:
        return False

    def load(self) -> None:
        """Do nothing: there is nothing to load."""

    def check_translation(self, _engine: str, _model: str) -> None:
        """Do nothing: nothing is translated here."""

    def open_utterance(self, _options: DecodingOptions) -> "_Engine":
        return self

    def decode(self, _audio: AudioSamples, *, final: bool) -> Transcription:
        return Transcription(text="and so my fellow Americans" if final else "and so my")


def measure() -> list[Figure]:
    """Processor time of all threads for each 32 ms of audio, in microseconds."""
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "turns.wav"
        soundfile.write(clip, _turns(), SAMPLE_RATE_HZ, subtype="PCM_16")
        seconds = _processor_seconds(clip, Path(folder))
    windows = _MINUTES * 60 * SAMPLE_RATE_HZ / WINDOW_SAMPLES
    return [
        Figure(
            name="all but VAD and model, per 32 ms of audio", value=seconds / windows * 1e6, unit="µs", aim="≤ 100"
        )
    ]


def _turns() -> AudioSamples:
    turn = np.concatenate((np.full(_TURN_SECONDS * SAMPLE_RATE_HZ, 0.1), np.zeros(_TURN_SECONDS * SAMPLE_RATE_HZ)))
    return np.tile(turn, _MINUTES * 60 // (2 * _TURN_SECONDS)).astype(np.float32)


def _processor_seconds(clip: Path, folder: Path) -> float:
    container = Container(
        settings=RuntimeSettings(
            database=folder / "sessions.db",
            cache_folder=folder,
            profiles_folder=folder,
            recordings_folder=folder,
        ),
        voice_activity=providers.Object(_Detector()),
        engines=providers.Object(_Engine()),
    )
    try:
        orchestrator = container.orchestrator()
        config = PipelineConfig(source=FileRequest(path=clip, speed=None), lockstep=True)
        began = time.process_time()
        orchestrator.wait(orchestrator.start_pipeline(config))
        return time.process_time() - began
    finally:
        release(container)
