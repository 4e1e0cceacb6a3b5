"""Measures how long hypotheses of several utterances take together, against one after the other.

``python -m benchmarks.texts_together``
"""

import argparse
import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from typing import Final

from benchmarks.figures import Figure, figure_table
from tests.adapters.speech_to_text.clips import speech_clips
from tests.adapters.speech_to_text.loaded_model import MODEL

from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.adapters.speech_to_text.mlx_whisper_engine import MlxWhisper
from realtime_mlx_stt.domain.audio_format import seconds_to_samples
from realtime_mlx_stt.domain.transcription import DecodingOptions
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.speech_to_text import UtteranceDecoder, decode_each

__all__ = ["main", "measure"]

_TOGETHER: Final = (2, 4, 6, 8)
_RUNS: Final = 3
_STEP_SAMPLES: Final = seconds_to_samples(0.3)
_APART_SAMPLES: Final = seconds_to_samples(0.04)
"""By how much each utterance is longer than the one before, since nobody begins at the same moment."""

_LONGEST_SAMPLES: Final = seconds_to_samples(4.0)

_Growing = Sequence[tuple[UtteranceDecoder, AudioSamples]]


def measure() -> list[Figure]:
    """For each number of utterances the seconds together over those one after the other; below 1 it pays."""
    model = MlxWhisper(MODEL, WhisperModelRepository())
    model.load()
    return [
        Figure(
            name=f"hypotheses of {utterances} utterances together, against one after the other",
            value=_ratio(model, utterances),
            unit="times",
        )
        for utterances in _TOGETHER
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures as a table."""
    argparse.ArgumentParser(prog="python -m benchmarks.texts_together", description=__doc__).parse_args(arguments)
    print(figure_table(measure()))


def _ratio(model: MlxWhisper, utterances: int) -> float:
    """The best of several runs of each over the other, taken in turn, so that other load slows both alike."""
    alone, together = [], []
    for _ in range(_RUNS):
        alone.append(_seconds(model, utterances, decode_each))
        together.append(_seconds(model, utterances, model.decode_together))
    return min(together) / min(alone)


def _seconds(model: MlxWhisper, utterances: int, decode: Callable[[_Growing], object]) -> float:
    long_ones = [each.audio for each in speech_clips() if each.audio.size >= _LONGEST_SAMPLES]
    sounds = [*islice(cycle(long_ones), utterances)]
    decoders = [model.open_utterance(DecodingOptions(language="en")) for _ in sounds]
    began = time.perf_counter()
    for samples in range(_STEP_SAMPLES, _LONGEST_SAMPLES - utterances * _APART_SAMPLES, _STEP_SAMPLES):
        heard = [sound[: samples + place * _APART_SAMPLES] for place, sound in enumerate(sounds)]
        decode([*zip(decoders, heard, strict=True)])
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
