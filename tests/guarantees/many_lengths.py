"""Writes 500 clips of distinct lengths to their final texts in one process, and prints how its memory grew.

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
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["CLIPS", "FIRST", "main"]

CLIPS: Final = 500
FIRST: Final = 50
_SENTENCES: Final = ("cards-002", "lj001-0002", "lj001-0008", "lj001-0013", "sense-and-sensibility-0880")
"""Of 2 to 3 s."""

_CUT_OFF_SAMPLES: Final = 4
"""How much more of its end each sentence lacks than the one before: silence, at last an eighth of a second."""

_SHORTEST_LONG_SECONDS: Final = 2.0
_SHORTEST_SOUND_SECONDS: Final = 0.2
_EVERY_SO_MANYTH_IS_LONG: Final = 20
_EVERY_SO_MANYTH_IS_NO_WORD: Final = 25
_EVERY_SO_MANYTH_HAS_PARTIALS: Final = 4
_PARTIAL_SHARES: Final = (0.5, 0.8)


def main() -> None:
    """Write them all to their final texts; the longest comes first.

    Before the final text of one in four, hypotheses are computed of what has been heard of it until then.
    """
    engine, resident = loaded_engine(), {}
    sounds = _sounds()
    for number, sound in enumerate(sounds):
        decoder = engine.open_utterance(DecodingOptions(language="en"))
        if number % _EVERY_SO_MANYTH_HAS_PARTIALS == 0:
            for share in _PARTIAL_SHARES:
                decoder.decode(sound[: int(share * sound.size)], final=False)
        decoder.decode(sound, final=True)
        if number + 1 in (FIRST, CLIPS):
            gc.collect()
            resident[str(number + 1)] = _most_resident_bytes()
    distinct = len({sound.size for sound in sounds})
    sys.stdout.write(json.dumps({"distinct": distinct, "resident": resident}) + "\n")


def _sounds() -> list[AudioSamples]:
    """Short sentences; one in twenty is 2 to 11 s long, and one in twenty-five the beginning of a word.

    That has no likely text, and so is heard in the full window.
    """
    speech, sentences = clip("jfk").audio, [clip(name).audio for name in _SENTENCES]
    long_sizes = np.linspace(speech.size, seconds_to_samples(_SHORTEST_LONG_SECONDS), CLIPS).astype(int)
    sounds = []
    for number, long_size in enumerate(long_sizes):
        if number % _EVERY_SO_MANYTH_IS_LONG == 0:
            sounds.append(speech[:long_size])
        elif number % _EVERY_SO_MANYTH_IS_NO_WORD == 1:
            sounds.append(speech[number : number + seconds_to_samples(_SHORTEST_SOUND_SECONDS) + number])
        else:
            sentence = sentences[number % len(sentences)]
            sounds.append(sentence[: sentence.size - number * _CUT_OFF_SAMPLES])
    return sounds


def _most_resident_bytes() -> int:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


if __name__ == "__main__":
    main()
