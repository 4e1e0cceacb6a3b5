"""Decides whether somebody can have spoken in a stretch of audio, by how its loudness changes.

Where nobody speaks Whisper invents texts, and some of them are likely by its own scores: "Thank you." for two
seconds of silence. But the loudness of speech changes from moment to moment, while that of silence, hiss and hum
does not.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ, seconds_to_samples
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["may_be_spoken"]

_FRAME_SAMPLES: Final = seconds_to_samples(0.02)
_SMOOTHED_FRAMES: Final = 3
_BAND_HZ: Final = (100, 3_000)
"""Most of a voice, without the rumble, whose level changes by itself."""

_ABOVE_THE_QUIETEST: Final = 1.6
_QUIETEST_PERCENTILE: Final = 10
_BELOW_THE_LOUDEST: Final = 32.0
_LOUDEST_PERCENTILE: Final = 95
_LEAST_FRAMES: Final = 10
"""How many frames must be loud for there to be speech, 0.2 s: each at least 4 dB above the quietest tenth of its
own stretch, and no more than 30 dB below what is said elsewhere. That held for all of 280 stretches of speech
behind other speech, half of them a word or two, by voices up to 12 dB quieter, as they were and in white and pink
noise of 15 to 0 dB; and for none of 280 stretches of silence, noise and hum.
"""

_Doubles = npt.NDArray[np.float64]


def may_be_spoken(audio: AudioSamples, begin_sample: int, end_sample: int) -> bool:
    """Whether there can be speech in that stretch of audio, in which somebody speaks elsewhere.

    If either is shorter than 0.06 s nothing can be said, and the answer is yes.
    """
    stretch = _levels(audio[begin_sample:end_sample])
    elsewhere = np.concatenate([_levels(audio[:begin_sample]), _levels(audio[end_sample:])])
    if not stretch.size or not elsewhere.size:
        return True
    quiet = np.percentile(stretch, _QUIETEST_PERCENTILE) * _ABOVE_THE_QUIETEST
    faint = np.percentile(elsewhere, _LOUDEST_PERCENTILE) / _BELOW_THE_LOUDEST
    return int(np.count_nonzero(stretch > max(quiet, faint))) >= _LEAST_FRAMES


def _levels(audio: AudioSamples) -> _Doubles:
    """The loudness of the voice's band in every three consecutive frames."""
    frames = audio[: audio.size // _FRAME_SAMPLES * _FRAME_SAMPLES].reshape(-1, _FRAME_SAMPLES)
    if len(frames) < _SMOOTHED_FRAMES:
        return np.empty(0)
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(_FRAME_SAMPLES), axis=1)) ** 2
    pitches = np.fft.rfftfreq(_FRAME_SAMPLES, 1 / SAMPLE_RATE_HZ)
    power = spectrum[:, (pitches >= _BAND_HZ[0]) & (pitches <= _BAND_HZ[1])].sum(axis=1)
    return np.sqrt(np.convolve(power, np.full(_SMOOTHED_FRAMES, 1 / _SMOOTHED_FRAMES), "valid"))
