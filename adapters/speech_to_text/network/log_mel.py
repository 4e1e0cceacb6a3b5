"""Computes the log-mel spectrogram that Whisper hears, of the audio alone: padding it to a window costs nothing."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["SAMPLES_PER_FRAME", "HeardFrames", "LogMel"]

SAMPLES_PER_FRAME: Final = 160
"""Samples per frame, 10 ms: a hundred frames a second."""

_FFT_SAMPLES: Final = 400
_REACH_SAMPLES: Final = _FFT_SAMPLES // 2
"""How far a frame reaches to each side of its place."""

_SMALLEST_POWER: Final = 1e-10
_DYNAMIC_RANGE: Final = 8.0
"""Frames fainter than the loudest by more than these powers of ten count as that faint, as in OpenAI's reference
implementation.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardFrames:
    """A part of a spectrogram, shape ``(frames, mels)``, and the greatest power so far as a power of ten."""

    frames: npt.NDArray[np.float32]
    loudest: float


class LogMel:
    """Computes spectrograms with the filters in ``filters_file``, a .npz with ``mel_80`` and ``mel_128``."""

    def __init__(self, filters_file: Path, mels: int) -> None:
        with np.load(filters_file) as filters:
            self._filters = np.ascontiguousarray(filters[f"mel_{mels}"].T, dtype=np.float32)
        self._window = np.hanning(_FFT_SAMPLES + 1)[:-1].astype(np.float32)

    def __call__(self, audio: AudioSamples, frames: int) -> npt.NDArray[np.float32]:
        """The spectrogram, shape ``(frames, mels)``: the audio from its first sample, then silence."""
        return self.heard_from(0, audio, frames).frames

    def heard_from(
        self, begin: int, audio: AudioSamples, frames: int, *, loudest: float = -math.inf
    ) -> "HeardFrames":
        """The frames from ``begin`` on; ``loudest`` is the greatest power of those before."""
        log_powers = np.log10(np.maximum(self._powers(begin, audio, frames), _SMALLEST_POWER))
        loudest = max(float(log_powers.max()), loudest)
        floor = max(loudest - _DYNAMIC_RANGE, math.log10(_SMALLEST_POWER))
        spectrogram = np.full((frames - begin, self._filters.shape[1]), floor, dtype=np.float32)
        np.maximum(log_powers, floor, out=spectrogram[: len(log_powers)])
        spectrogram += 4.0
        spectrogram /= 4.0
        return HeardFrames(frames=spectrogram, loudest=loudest)

    def _powers(self, begin: int, audio: AudioSamples, frames: int) -> npt.NDArray[np.float32]:
        """The mel powers from ``begin`` on of the frames that any of the audio reaches into, at least one frame."""
        heard = max(begin + 1, min(-(-(audio.size + _REACH_SAMPLES) // SAMPLES_PER_FRAME), frames))
        needed = (heard - 1) * SAMPLES_PER_FRAME + _FFT_SAMPLES
        padded = np.zeros(max(needed, audio.size + _REACH_SAMPLES), dtype=np.float32)
        padded[_REACH_SAMPLES : _REACH_SAMPLES + audio.size] = audio
        mirrored = audio[1 : _REACH_SAMPLES + 1][::-1]
        padded[_REACH_SAMPLES - mirrored.size : _REACH_SAMPLES] = mirrored
        pieces = np.lib.stride_tricks.sliding_window_view(padded, _FFT_SAMPLES)[::SAMPLES_PER_FRAME][begin:heard]
        spectrum = np.fft.rfft(pieces * self._window)
        energy = np.square(spectrum.real) + np.square(spectrum.imag)
        powers: npt.NDArray[np.float32] = energy @ self._filters
        return powers
