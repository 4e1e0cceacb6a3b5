"""Transcribes 500 clips of distinct lengths in a process of its own, and prints how its memory grew.

``python -m tests.guarantees.many_lengths`` prints the greatest resident bytes after the first 50 and after all.
"""

import gc
import json
import resource
import sys
from typing import Final

import numpy as np
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.speech_to_text.loaded_model import loaded_engine

from realtime_mlx_stt.domain.audio_format import seconds_to_samples
from realtime_mlx_stt.domain.transcription import DecodingOptions

__all__ = ["CLIPS", "FIRST", "main"]

CLIPS: Final = 500
FIRST: Final = 50
_LONGEST_SECONDS: Final = 0.9
_EVERY_SO_MANYTH_IS_LONG: Final = 20


def main() -> None:
    """Transcribe them all: one in twenty is up to 11 s long and has a final text, the longest comes first."""
    audio, engine = clip("jfk").audio, loaded_engine()
    lengths = np.linspace(3_200, seconds_to_samples(_LONGEST_SECONDS), CLIPS).astype(int)
    lengths = np.random.default_rng(0).permutation(lengths)
    long = lengths[::_EVERY_SO_MANYTH_IS_LONG]
    long[:] = np.linspace(audio.size, seconds_to_samples(2.0), long.size).astype(int)
    resident = {}
    for number, length in enumerate(lengths, start=1):
        start = number * 97 % (audio.size - length + 1)
        decoder = engine.open_utterance(DecodingOptions(language="en"))
        decoder.decode(audio[start : start + length], final=number % _EVERY_SO_MANYTH_IS_LONG == 1)
        if number in (FIRST, CLIPS):
            gc.collect()
            resident[str(number)] = _most_resident_bytes()
    sys.stdout.write(json.dumps({"distinct": len(set(lengths.tolist())), "resident": resident}) + "\n")


def _most_resident_bytes() -> int:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


if __name__ == "__main__":
    main()
