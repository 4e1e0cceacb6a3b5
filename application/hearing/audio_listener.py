"""Turns blocks of audio of any size into what is heard in them: speech boundaries and wake words, in order."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from realtime_mlx_stt.domain.segmentation import (
    ONSET_CONFIRMATION_SAMPLES,
    Boundary,
    Quiet,
    SegmentationLimits,
    SegmentationState,
    VoiceFrame,
    advance,
    voiced_samples,
)
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.domain.wake_gate import WakeGate, WakeWordHeard, hear_scores
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.voice_activity import WINDOW_SAMPLES, VoiceActivityDetector
from realtime_mlx_stt.ports.wake_word import FRAME_SAMPLES, WakeWordDetector

__all__ = ["AudioListener", "Heard", "TimePassed"]

_END_STEP_SAMPLES: Final = 160
"""10 ms: the step in which the end of a wake word is looked for."""

_PAUSE_LEVEL: Final = 0.001
"""30 dB below the loudest step of the frame: at this level or below there is a pause. Two words without a pause
between them stay louder than this.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePassed:
    """Everything before ``at_sample`` has been heard."""

    at_sample: int


Heard = Boundary | WakeWordHeard | TimePassed
"""What one window brings: its boundaries, then a wake word, then the time."""


class AudioListener:
    """Hears one stream. What it yields may be answered by ``restart_segmentation`` before the next is asked for."""

    def __init__(
        self,
        voice_activity: VoiceActivityDetector,
        wake_word: WakeWordDetector | None,
        settings: SessionSettings,
    ) -> None:
        self._voice_activity = voice_activity
        self._wake_word = wake_word
        self._settings = settings
        self._limits = SegmentationLimits.of(settings)
        self._segmentation: SegmentationState = Quiet()
        self._gate = WakeGate()
        self._rest = np.empty(0, dtype=np.float32)
        self._wake_rest = np.empty(0, dtype=np.float32)
        self._heard_until = 0

    @property
    def voiced_samples(self) -> int:
        """How many samples of the open utterance held speech."""
        return voiced_samples(self._segmentation)

    def change(self, settings: SessionSettings, wake_word: WakeWordDetector | None) -> None:
        """Hear by these settings from the next window on.

        For the same wake words the detector stays, with the seconds that it has heard; ``wake_word`` is dropped.
        """
        if _words(settings) != _words(self._settings):
            self._wake_word = wake_word
            self._wake_rest = np.empty(0, dtype=np.float32)
        # A longer pre-roll cannot reach further back than the audio that was kept for the one before.
        kept_samples = self._limits.pre_roll_samples + ONSET_CONFIRMATION_SAMPLES
        earliest_start = max(self._limits.earliest_start_sample, self._heard_until - kept_samples)
        self._settings = settings
        self._limits = replace(SegmentationLimits.of(settings), earliest_start_sample=earliest_start)

    def restart_segmentation(self) -> None:
        """Forget the open utterance, as if nothing had been said so far."""
        self._segmentation = Quiet()

    def skip_to(self, sample: int) -> None:
        """Go on at ``sample`` as at the start of a stream; what was not yet heard is dropped."""
        self._rest = np.empty(0, dtype=np.float32)
        self._wake_rest = np.empty(0, dtype=np.float32)
        self._heard_until = sample
        self._segmentation = Quiet()
        self._voice_activity.reset()
        if self._wake_word is not None:
            self._wake_word.reset()

    def hear(self, samples: AudioSamples) -> Iterator[Heard]:
        """Hear samples that follow those before.

        Raises:
            VoiceActivityError, WakeWordError: a model did not run.
        """
        audio = np.concatenate((self._rest, samples)) if len(self._rest) else samples
        whole = len(audio) - len(audio) % WINDOW_SAMPLES
        self._rest = audio[whole:].copy()
        for start in range(0, whole, WINDOW_SAMPLES):
            yield from self._hear_window(audio[start : start + WINDOW_SAMPLES], WINDOW_SAMPLES)

    def flush(self) -> Iterator[Heard]:
        """Hear what is left of a stream that ends, filled up with silence to a whole window."""
        rest, self._rest = self._rest, np.empty(0, dtype=np.float32)
        if len(rest):
            yield from self._hear_window(np.pad(rest, (0, WINDOW_SAMPLES - len(rest))), len(rest))

    def _hear_window(self, window: AudioSamples, samples: int) -> Iterator[Heard]:
        frame = VoiceFrame(
            first_sample=self._heard_until,
            samples=samples,
            probability=self._voice_activity.probability(window),
            level=float(np.dot(window, window)) / samples,
        )
        self._heard_until = frame.end_sample
        self._segmentation, boundaries = advance(self._segmentation, frame, self._limits)
        yield from boundaries
        yield from self._hear_wake_word(window[:samples])
        yield TimePassed(at_sample=frame.end_sample)

    def _hear_wake_word(self, samples: AudioSamples) -> Iterator[WakeWordHeard]:
        if self._wake_word is None or self._settings.wake_word is None:
            return
        self._wake_rest = np.concatenate((self._wake_rest, samples))
        while len(self._wake_rest) >= FRAME_SAMPLES:
            frame, self._wake_rest = self._wake_rest[:FRAME_SAMPLES], self._wake_rest[FRAME_SAMPLES:]
            at_sample = self._heard_until - len(self._wake_rest)
            self._gate, heard = hear_scores(
                self._gate, self._wake_word.scores(frame), at_sample, self._settings.wake_word
            )
            if heard is not None:
                yield replace(heard, at_sample=at_sample - FRAME_SAMPLES + _end_of_word(frame))


def _end_of_word(frame: AudioSamples) -> int:
    """How many of the frame's samples still belong to the word that ended in it or shortly before.

    The word reaches up to the quietest place, if that is a pause. If the speaker goes on without a pause, the whole
    frame may be what follows the word, so none of it is counted as the word's.
    """
    levels = np.square(frame.reshape(-1, _END_STEP_SAMPLES)).sum(axis=1)
    if levels.min() > _PAUSE_LEVEL * levels.max():
        return 0
    return int(len(levels) - np.argmin(levels[::-1])) * _END_STEP_SAMPLES


def _words(settings: SessionSettings) -> tuple[str, ...]:
    return () if settings.wake_word is None else settings.wake_word.words
