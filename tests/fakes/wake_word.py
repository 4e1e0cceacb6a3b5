"""Wake words that are amplitudes: the loudest sample says which word it is."""

from collections.abc import Mapping

import numpy as np

from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.wake_word import UnknownWakeWordError, WakeWordError

WORD_AMPLITUDES = (0.9, 0.8, 0.7)
"""The amplitude that stands for the first, second and third word that is listened for."""


class FakeWakeWordDetector:
    """Scores 0.95 for a word whose amplitude is the frame's loudest, else 0.01."""

    def __init__(self, words: tuple[str, ...], failure: WakeWordError | None = None) -> None:
        self._words = words
        self._failure = failure

    def scores(self, frame: AudioSamples) -> Mapping[str, float]:
        if self._failure is not None:
            raise self._failure
        peak = float(np.max(np.abs(frame), initial=0.0))
        return {
            word: 0.95 if abs(peak - amplitude) < 0.01 else 0.01
            for word, amplitude in zip(self._words, WORD_AMPLITUDES, strict=False)
        }

    def reset(self) -> None:
        """Nothing is remembered."""


class FakeWakeWords:
    """Knows a few words."""

    def __init__(
        self, words: tuple[str, ...] = ("alexa", "hey_jarvis"), failure: WakeWordError | None = None
    ) -> None:
        self._words = tuple(sorted(words))
        self._failure = failure

    def words(self) -> tuple[str, ...]:
        return self._words

    def open(self, words: tuple[str, ...]) -> FakeWakeWordDetector:
        for word in words:
            if word not in self._words:
                raise UnknownWakeWordError(f"No model hears '{word}'. There are: {', '.join(self._words)}.")
        return FakeWakeWordDetector(words, self._failure)
