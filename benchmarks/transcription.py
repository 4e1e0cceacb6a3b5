"""Writes the texts of mlx-whisper for the test clips, with which a test compares ours.

``python -m benchmarks.transcription --yardstick PATH``
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.adapters.speech_to_text.clips import speech_clips
from tests.adapters.speech_to_text.loaded_model import MODEL

from realtime_mlx_stt.adapters.benchmark.peers import start_mlx_whisper
from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.adapters.speech_to_text.runtime.fast_blas import load_fast_blas

__all__ = ["main"]

_COMMAND: Final = "python -m benchmarks.transcription --yardstick tests/data/mlx-whisper-texts.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the texts of ``mlx_whisper.transcribe`` over the same weights, greedy."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transcription", description=__doc__)
    parser.add_argument("--yardstick", type=Path, metavar="PATH", required=True, help="where to write the texts")
    path: Path = parser.parse_args(arguments).yardstick
    load_fast_blas()
    _, transcribe = start_mlx_whisper(WhisperModelRepository().pull(MODEL), "en")
    texts = {each.name: transcribe(each.audio).strip() for each in speech_clips()}
    written = {"made_by": _COMMAND, "texts": texts}
    path.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
