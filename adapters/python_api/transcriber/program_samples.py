"""Takes samples in the forms that programs have them in."""

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from realtime_mlx_stt.adapters.python_api.configuration.setting_checks import is_whole_number, require
from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.ports.audio_source import SAMPLE_RATES_HZ, AudioSamples, SamplesRequest

__all__ = ["AudioData", "samples_request"]

AudioData: TypeAlias = bytes | bytearray | list[float] | tuple[float, ...] | npt.NDArray[Any]
"""Mono sound: bytes are 16-bit little-endian PCM; floats have a full scale of ±1.0, integers that of their type."""

_LOUDEST: Final = 10.0
"""Some sounds go beyond full scale, but not this far: samples above it are integers that were taken for floats."""


def samples_request(audio_data: AudioData, sample_rate: int | np.integer[Any]) -> SamplesRequest:
    """The request to hear ``audio_data``, of which there are ``sample_rate`` samples a second.

    Raises:
        InvalidSettingError: a ``ValueError``; either is of the wrong type, or is no sound.
    """
    slowest, fastest = SAMPLE_RATES_HZ[0], SAMPLE_RATES_HZ[-1]
    rate = int(sample_rate) if isinstance(sample_rate, np.integer) else sample_rate
    require(
        is_whole_number(rate) and rate in SAMPLE_RATES_HZ,
        f"Sample rate must be a whole number from {slowest} to {fastest}, got {sample_rate!r}",
    )
    return SamplesRequest(samples=_samples(audio_data), sample_rate_hz=rate)


def _samples(audio_data: object) -> AudioSamples:
    if isinstance(audio_data, bytes | bytearray):
        samples = _of_bytes(audio_data)
    elif isinstance(audio_data, np.ndarray):
        samples = _of_array(audio_data)
    elif isinstance(audio_data, list | tuple):
        samples = _of_list(audio_data)
    else:
        kind = type(audio_data).__name__
        raise InvalidSettingError(f"Audio data must be bytes, a list of floats or a NumPy array, got {kind}")
    require(samples.size > 0, "Audio data must hold at least one sample, got none")
    return samples


def _of_bytes(pcm: bytes | bytearray) -> AudioSamples:
    size = len(pcm)
    require(size % 2 == 0, f"Audio data in bytes must be 16-bit samples of two bytes each, got {size} bytes")
    return _scaled(np.frombuffer(pcm, dtype="<i2"))


def _of_list(numbers: list[Any] | tuple[Any, ...]) -> AudioSamples:
    try:
        samples = np.asarray(numbers)
    except ValueError:  # lists in the list, which are not of one length
        samples = np.asarray(None)
    is_flat = samples.ndim == 1 and samples.dtype.kind in "fiu"
    require(is_flat, "Audio data in a list must be numbers and nothing else")
    return _of_floats(samples.astype(np.float64))


def _of_array(samples: npt.NDArray[Any]) -> AudioSamples:
    shape, kind = samples.shape, samples.dtype
    is_mono = len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
    require(is_mono, f"Audio data must have one channel, got an array of the shape {shape}")
    mono = samples.reshape(-1)
    if kind.kind == "f":
        return _of_floats(mono)
    is_pcm = kind.kind == "i" and kind.itemsize in {2, 4}
    require(is_pcm, f"Audio data must be floats, 16-bit or 32-bit integers, got {kind}")
    return _scaled(mono)


def _of_floats(samples: npt.NDArray[np.floating[Any]]) -> AudioSamples:
    require(bool(np.isfinite(samples).all()), "Audio data must be finite numbers, got some that are not")
    loudest = float(np.max(np.abs(samples), initial=0.0))
    require(
        loudest <= _LOUDEST,
        f"Audio data in floats must have a full scale of 1.0, got a sample of {loudest:g}; 16-bit samples must be "
        "divided by 32768",
    )
    return samples.astype(np.float32)


def _scaled(samples: npt.NDArray[np.signedinteger[Any]]) -> AudioSamples:
    return samples.astype(np.float32) / np.float32(2 ** (8 * samples.dtype.itemsize - 1))
