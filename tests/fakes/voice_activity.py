"""Voice activity by loudness alone."""

import numpy as np

from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.voice_activity import VoiceActivityError

LOUD = 0.0005
"""Anything louder than this is speech."""


class FakeVoiceActivityDetector:
    """Answers 0.95 for a window with a loud sample in it, else 0.02."""

    def __init__(self, failure: VoiceActivityError | None = None) -> None:
        self._failure = failure

    def probability(self, window: AudioSamples) -> float:
        if self._failure is not None:
            raise self._failure
        return 0.95 if float(np.max(np.abs(window), initial=0.0)) > LOUD else 0.02

    def reset(self) -> None:
        """Nothing is remembered."""


class FakeVoiceActivity:
    """Opens detectors; ``open_failure`` is raised instead, and ``failure`` by every detector."""

    def __init__(
        self, failure: VoiceActivityError | None = None, open_failure: VoiceActivityError | None = None
    ) -> None:
        self._failure = failure
        self._open_failure = open_failure
        self.opened = 0

    def open(self) -> FakeVoiceActivityDetector:
        if self._open_failure is not None:
            raise self._open_failure
        self.opened += 1
        return FakeVoiceActivityDetector(self._failure)
