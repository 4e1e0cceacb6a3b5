"""Starts the programs to compare with, each with the settings with which it is fastest.

All of them are greedy, write without word times, and have the samples in memory. They run in processes of their
own, so each imports what it needs when it is started.
"""

import importlib
import importlib.util
import os
import tempfile
from importlib.metadata import version
from pathlib import Path

from realtime_mlx_stt.adapters.benchmark.answering import Transcribe
from realtime_mlx_stt.adapters.benchmark.ctranslate2_conversion import convert_to_ctranslate2
from realtime_mlx_stt.ports.audio_requests import AudioSamples
from realtime_mlx_stt.ports.benchmark import ExtraMissingError

__all__ = ["require_faster_whisper", "start_faster_whisper", "start_mlx_whisper"]


def require_faster_whisper() -> None:
    """Check, without importing it, that faster-whisper is installed.

    Raises:
        ExtraMissingError: it is not installed.
    """
    if importlib.util.find_spec("faster_whisper") is None:
        raise ExtraMissingError(
            "faster-whisper is not installed; `pip install 'realtime-mlx-stt[peers]'` brings it, and without "
            "--peers it is not needed."
        )


def start_mlx_whisper(folder: Path, language: str | None) -> tuple[str, Transcribe]:
    """``mlx_whisper.transcribe`` over the model in the folder, with the BLAS that MLX has in this process."""
    package, mlx = importlib.import_module("mlx_whisper"), importlib.import_module("mlx.core")
    has_metal = bool(mlx.metal.is_available())

    def transcribe(audio: AudioSamples) -> str:
        result = package.transcribe(
            audio, path_or_hf_repo=str(folder), language=language, temperature=0.0, fp16=has_metal
        )
        return str(result["text"])

    precision = "float16" if has_metal else "float32"
    return f"mlx-whisper {version('mlx-whisper')} on mlx {version('mlx')}, {precision}", transcribe


def start_faster_whisper(folder: Path, language: str | None, compute_type: str) -> tuple[str, Transcribe]:
    """faster-whisper over the same weights, which are converted now; on all cores, without timestamps.

    Raises:
        ContestantError: the weights cannot be converted.
    """
    package = importlib.import_module("faster_whisper")
    cores = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as converted:
        convert_to_ctranslate2(folder, Path(converted))
        model = package.WhisperModel(converted, device="cpu", compute_type=compute_type, cpu_threads=cores)

    def transcribe(audio: AudioSamples) -> str:
        segments, _ = model.transcribe(
            audio, language=language, beam_size=1, temperature=0.0, without_timestamps=True
        )
        return "".join(segment.text for segment in segments)

    versions = f"faster-whisper {version('faster-whisper')} on ctranslate2 {version('ctranslate2')}"
    return f"{versions}, {compute_type}, {cores} threads", transcribe
