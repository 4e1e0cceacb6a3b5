"""Turns frames of any rate and channel count into 16 kHz mono blocks, the same however the frames were cut.

soxr's streaming resampler ("HQ") does the work; its output was found equal to the last bit for every cut. It is
first fed silence, whose output is dropped, because a fresh resampler gives nothing before it has heard 40 to 120
ms. Frames that hold no sound (NaN, infinite, absurdly large) reach the resampler as silence, so that they spoil
nothing around them, and come out as an ``AudioLost`` over exactly the samples that they touch.
"""

from math import gcd
from typing import Final

import numpy as np
import numpy.typing as npt
import soxr

from realtime_mlx_stt.adapters.audio.conversion.invalid_stretches import InvalidStretches
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.events import GapReason
from realtime_mlx_stt.ports.audio_source import AudioBlock, AudioLost, AudioSamples

__all__ = ["Converted", "Frames", "StreamConverter", "converted_samples"]

Frames = npt.NDArray[np.float32]
"""Native samples, shape ``(n, channels)``, full scale ±1.0."""

Converted = AudioBlock | AudioLost
"""The result of a conversion: samples at 16 kHz, or the place of frames that were no numbers."""

_LOUDEST: Final = np.float32(1e6)
"""120 dB above full scale, beyond which nothing is sound; squares and sums of smaller numbers stay finite."""

_PROMPT_SAMPLES: Final = 16
"""How many of the first samples that come out must be sound instead of silence to be dropped."""

_PROBE_FRAMES: Final = 32


class StreamConverter:
    """One uninterrupted stream, whose first sample is at position ``first_sample``. Not thread-safe."""

    def __init__(self, sample_rate_hz: int, first_sample: int = 0) -> None:
        self._rate = sample_rate_hz
        self._first_sample = first_sample
        self._resampler = None if sample_rate_hz == SAMPLE_RATE_HZ else _resampler(sample_rate_hz)
        self._dropped = 0 if self._resampler is None else _bring_into_motion(self._resampler, sample_rate_hz)
        self._invalid = InvalidStretches(sample_rate_hz)
        self._is_finished = False
        self._given = 0
        self._waiting = np.empty(0, dtype=np.float32)

    @property
    def end_sample(self) -> int:
        """The position just behind the last sample that was given out."""
        return self._first_sample + self._given

    def convert(self, frames: Frames) -> list[Converted]:
        """What can be given out after these frames."""
        mono = self._mono(frames)
        self._take(mono if self._resampler is None else self._resampler.resample_chunk(mono))
        return self._give()

    def finish(self, until_sample: int | None = None) -> list[Converted]:
        """The rest; afterwards ``converted_samples`` of all frames have been given. The converter is used up.

        A stream that began between two samples may make one too few or too many: it ends at ``until_sample``.
        """
        if self._resampler is not None:
            behind = 0 if until_sample is None else -(-self._rate // SAMPLE_RATE_HZ)
            self._take(self._resampler.resample_chunk(np.zeros(behind, dtype=np.float32), last=True))
        if until_sample is not None:
            self._waiting = self._waiting[: max(0, until_sample - self.end_sample)]
        self._invalid.close()
        self._is_finished = True
        return self._give()

    def _mono(self, frames: Frames) -> AudioSamples:
        if not len(frames) or np.abs(frames).max() <= _LOUDEST:
            self._invalid.add_valid(len(frames))
        else:
            is_valid: npt.NDArray[np.bool_] = np.all(np.abs(frames) <= _LOUDEST, axis=1)
            self._invalid.add(is_valid)
            frames = np.where(is_valid[:, np.newaxis], frames, np.float32(0.0))
        return _mean_of_channels(frames)

    def _take(self, samples: AudioSamples) -> None:
        dropped = min(self._dropped, len(samples))
        self._dropped -= dropped
        samples = samples[dropped:]
        self._waiting = np.concatenate((self._waiting, samples)) if len(self._waiting) else samples

    def _give(self) -> list[Converted]:
        given: list[Converted] = []
        stretches = self._invalid.closed
        while stretches and self._reached_by(stretches[0]):
            start, end = stretches.popleft()
            self._give_samples(given, start * SAMPLE_RATE_HZ // self._rate)
            self._give_loss(given, -(-end * SAMPLE_RATE_HZ // self._rate))
        undecided = stretches[0][0] if stretches else self._invalid.open_from
        available = self._given + len(self._waiting)
        until = available if undecided is None else min(available, undecided * SAMPLE_RATE_HZ // self._rate)
        self._give_samples(given, until)
        return given

    def _reached_by(self, stretch: tuple[int, int]) -> bool:
        """Whether the samples under the stretch have come, or all that ever will."""
        end = -(-stretch[1] * SAMPLE_RATE_HZ // self._rate)
        return self._given + len(self._waiting) >= end or self._is_finished

    def _give_samples(self, given: list[Converted], until: int) -> None:
        samples = self._withdraw(until)
        if len(samples):
            given.append(AudioBlock(first_sample=self.end_sample - len(samples), samples=samples))

    def _give_loss(self, given: list[Converted], until: int) -> None:
        lost = len(self._withdraw(until))
        if lost:
            given.append(
                AudioLost(first_sample=self.end_sample - lost, lost_samples=lost, reason=GapReason.INVALID_SAMPLES)
            )

    def _withdraw(self, until: int) -> AudioSamples:
        count = max(0, until - self._given)
        samples, self._waiting = self._waiting[:count], self._waiting[count:]
        self._given += len(samples)
        return samples


def converted_samples(frames: int, sample_rate_hz: int) -> int:
    """How many samples this many frames make: their duration at 16 kHz, halves rounded up."""
    return (2 * frames * SAMPLE_RATE_HZ + sample_rate_hz) // (2 * sample_rate_hz)


def _mean_of_channels(frames: Frames) -> AudioSamples:
    """The mean over the channels, in a tenth of numpy's time where there are few."""
    mono = frames[:, 0].copy()
    for channel in range(1, frames.shape[1]):
        mono += frames[:, channel]
    return mono / np.float32(frames.shape[1]) if frames.shape[1] > 1 else mono


def _resampler(sample_rate_hz: int) -> soxr.ResampleStream:
    return soxr.ResampleStream(sample_rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32", quality="HQ")


def _bring_into_motion(resampler: soxr.ResampleStream, sample_rate_hz: int) -> int:
    """Feed silence until output is near; returns how many samples of output that silence makes.

    It is a whole number of samples, so that the samples that follow lie where they would have lain without it.
    """
    whole_frames = sample_rate_hz // gcd(sample_rate_hz, SAMPLE_RATE_HZ)
    whole_samples = whole_frames * SAMPLE_RATE_HZ // sample_rate_hz
    repetitions = max(0, _first_output_samples(sample_rate_hz) - _PROMPT_SAMPLES) // whole_samples
    resampler.resample_chunk(np.zeros(repetitions * whole_frames, dtype=np.float32))
    return repetitions * whole_samples


def _first_output_samples(sample_rate_hz: int) -> int:
    """How many samples a fresh resampler gives when it gives any."""
    probe, samples = _resampler(sample_rate_hz), 0
    silence = np.zeros(_PROBE_FRAMES, dtype=np.float32)
    while not samples:
        samples = len(probe.resample_chunk(silence))
    return samples
