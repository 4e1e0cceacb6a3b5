"""Runs one contestant of a benchmark: ``python -m realtime_mlx_stt.composition.contestant NAME …``.

``stt bench`` starts this process, and communicates with it over its pipes.
"""

import argparse
import os
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from typing import Final

from realtime_mlx_stt.adapters.benchmark.answering import Transcribe, answer_parent
from realtime_mlx_stt.adapters.benchmark.peers import start_faster_whisper, start_mlx_whisper
from realtime_mlx_stt.adapters.speech_to_text.engines import ENGINE
from realtime_mlx_stt.adapters.speech_to_text.runtime.fast_blas import load_fast_blas
from realtime_mlx_stt.composition.container import Container
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.domain.transcription import DecodingOptions
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["CONTESTANTS", "main"]

_Start = Callable[[Container, str, str | None], tuple[str, Transcribe]]


def _start_ours(container: Container, model: str, language: str | None) -> tuple[str, Transcribe]:
    """Our engine, as sessions use it for final texts, word times included."""
    engine = container.engines().open(ENGINE, model)
    engine.load()
    options = DecodingOptions(language=language)

    def transcribe(audio: AudioSamples) -> str:
        text: str = engine.open_utterance(options).decode(audio, final=True).text
        return text

    return f"realtime-mlx-stt {version('realtime-mlx-stt')} on mlx {version('mlx')}, {load_fast_blas()}", transcribe


def _start_mlx_whisper(
    container: Container, model: str, language: str | None, *, has_fast_blas: bool
) -> tuple[str, Transcribe]:
    folder = container.models().pull(model)
    blas = load_fast_blas() if has_fast_blas else "the BLAS of MLX's wheel."
    description, transcribe = start_mlx_whisper(folder, language)
    return f"{description}, {blas}", transcribe


def _start_faster_whisper(
    container: Container, model: str, language: str | None, *, compute_type: str
) -> tuple[str, Transcribe]:
    return start_faster_whisper(container.models().pull(model), language, compute_type)


CONTESTANTS: Final[Mapping[str, _Start]] = {
    "ours": _start_ours,
    "mlx-whisper as installed": partial(_start_mlx_whisper, has_fast_blas=False),
    "mlx-whisper with the fast BLAS": partial(_start_mlx_whisper, has_fast_blas=True),
    "faster-whisper int8": partial(_start_faster_whisper, compute_type="int8"),
    "faster-whisper float32": partial(_start_faster_whisper, compute_type="float32"),
}
"""Every contestant by the name that tables show; ours is the first."""


def main() -> None:
    """Run the contestant that the command line names, until the pipe is closed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=CONTESTANTS)
    parser.add_argument("--model", required=True)
    parser.add_argument("--language")
    wanted = parser.parse_args()
    container = Container(settings=RuntimeSettings.of_this_machine(os.environ, is_ephemeral=True))
    answer_parent(lambda: CONTESTANTS[wanted.name](container, wanted.model, wanted.language))


if __name__ == "__main__":
    main()
