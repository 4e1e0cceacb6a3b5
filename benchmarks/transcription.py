"""Times transcription of the test clips against mlx-whisper's own, side by side in one run, and counts wrong words.

Ours gives word times as well. mlx-whisper runs with the BLAS that this package loads, and over a few clips in a
process of its own as it is installed. faster-whisper takes part where it can be imported.

``python -m benchmarks.transcription [--json PATH]``
"""

import argparse
import importlib
import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, figure_table, figures_as_json
from tests.adapters.speech_to_text.clips import Clip, clip, speech_clips, word_error_rate
from tests.adapters.speech_to_text.loaded_model import MODEL, loaded_engine

from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.adapters.speech_to_text.fast_blas import load_fast_blas
from realtime_mlx_stt.domain.transcription import DecodingOptions
from realtime_mlx_stt.ports.audio_source import AudioSamples

FEW_CLIPS = ("lj001-0008", "cards-005")
"""Some seconds of speech each; with the reference BLAS a clip takes a quarter of a minute."""

OURS = "ours, final with word times"
AIMS = {"mlx-whisper": "≥ 3", "mlx-whisper as installed": "≥ 10", "faster-whisper": "≥ 1"}
AS_INSTALLED = "--as-installed"
YARDSTICK_COMMAND = "python -m benchmarks.transcription --yardstick tests/data/mlx-whisper-texts.json"

Transcribe = Callable[[AudioSamples], str]
Heard = dict[str, dict[str, Any]]
"""Text and seconds by clip."""


def ours(audio: AudioSamples) -> str:
    """The final text, with word times."""
    return loaded_engine().open_utterance(DecodingOptions(language="en")).decode(audio, final=True).text


def ours_partial(audio: AudioSamples) -> str:
    """The text while somebody still speaks, without a draft."""
    return loaded_engine().open_utterance(DecodingOptions(language="en")).decode(audio, final=False).text


def mlx_whisper() -> Transcribe:
    """mlx-whisper's ``transcribe`` over the same weights, greedy."""
    package = importlib.import_module("mlx_whisper")  # only now: after the BLAS, or without it
    folder = str(WhisperModelRepository().pull(MODEL))

    def transcribe(audio: AudioSamples) -> str:
        result = package.transcribe(audio, path_or_hf_repo=folder, language="en", temperature=0.0, fp16=False)
        return str(result["text"]).strip()

    return transcribe


def faster_whisper() -> Transcribe:
    """faster-whisper with int8 weights, greedy; it fetches its model itself."""
    model = importlib.import_module("faster_whisper").WhisperModel(MODEL, device="cpu", compute_type="int8")

    def transcribe(audio: AudioSamples) -> str:
        segments, _ = model.transcribe(audio, language="en", beam_size=1, temperature=0.0, without_timestamps=True)
        return "".join(segment.text for segment in segments).strip()

    return transcribe


def heard(engines: dict[str, Transcribe], clips: tuple[Clip, ...]) -> dict[str, Heard]:
    """Each clip through each engine in turn, so that what else the machine does costs all of them alike."""
    results: dict[str, Heard] = {name: {} for name in engines}
    for transcribe in engines.values():
        transcribe(clips[0].audio)
    for each in clips:
        for name, transcribe in engines.items():
            began = time.perf_counter()
            text = transcribe(each.audio)
            results[name][each.name] = {"seconds": time.perf_counter() - began, "text": text}
    return results


def heard_as_installed() -> Heard:
    """The few clips through mlx-whisper with the BLAS that its wheel brings, in a fresh interpreter."""
    command = [sys.executable, "-m", "benchmarks.transcription", AS_INSTALLED]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    result: Heard = json.loads(output.splitlines()[-1])
    return result


def measure() -> list[Figure]:
    """Times as shares of the audio's and as multiples of ours over the same clips, and the words gone wrong."""
    load_fast_blas()
    engines: dict[str, Transcribe] = {OURS: ours, "ours, partial": ours_partial, "mlx-whisper": mlx_whisper()}
    if importlib.util.find_spec("faster_whisper"):
        engines["faster-whisper"] = faster_whisper()
    results = heard(engines, speech_clips())
    results["mlx-whisper as installed"] = heard_as_installed()
    return [figure for name in results for figure in _figures(name, results[name], results[OURS])]


def _figures(name: str, result: Heard, reference: Heard) -> list[Figure]:
    seconds, our_seconds = (sum(each[clip_name]["seconds"] for clip_name in result) for each in (result, reference))
    wrong = word_error_rate({clip_name: each["text"] for clip_name, each in result.items()})
    over = f"{name}, {len(result)} clips"
    return [
        Figure(
            name=f"{over}: time", value=seconds / sum(clip(each).seconds for each in result), unit="of the audio"
        ),
        Figure(name=f"{over}: time", value=seconds / our_seconds, unit="times ours", aim=AIMS.get(name)),
        Figure(name=f"{over}: words wrong", value=100 * wrong, unit="%"),
    ]


def write_yardstick(path: Path) -> None:
    """Keep what mlx-whisper writes for each clip, for a test to compare ours with."""
    load_fast_blas()
    transcribe = mlx_whisper()
    texts = {each.name: transcribe(each.audio) for each in speech_clips()}
    written = {"made_by": YARDSTICK_COMMAND, "texts": texts}
    path.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> list[Figure]:
    """Print the figures as a table, write them to ``--json`` if that is given, and return them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transcription", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the figures there as well")
    parser.add_argument("--yardstick", type=Path, metavar="PATH", help="only write mlx-whisper's texts there")
    parser.add_argument(AS_INSTALLED, action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.yardstick is not None:
        write_yardstick(options.yardstick)
        return []
    if options.as_installed:
        clips = tuple(clip(name) for name in FEW_CLIPS)
        print(json.dumps(heard({"mlx-whisper": mlx_whisper()}, clips)["mlx-whisper"]))
        return []
    figures = measure()
    print(figure_table(figures))
    if options.json is not None:
        options.json.write_text(json.dumps(figures_as_json(figures), indent=2, ensure_ascii=False) + "\n")
    return figures


if __name__ == "__main__":
    main()
