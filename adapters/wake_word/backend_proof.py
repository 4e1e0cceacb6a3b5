"""Checks that a backend computes what it should, before anything is heard with it.

On macOS on Apple Silicon ONNX Runtime has been seen to run the embedding model without an error and to return
numbers that have nothing to do with the sound (openWakeWord#336): no word would ever be heard.
"""

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from realtime_mlx_stt.adapters.wake_word.model_backend import Floats, ModelBackend
from realtime_mlx_stt.adapters.wake_word.speech_features import (
    INT16_SCALE,
    FeatureModels,
    HeardSound,
    Silence,
    silence_of,
)
from realtime_mlx_stt.adapters.wake_word.word_model import load_word_model
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.wake_word import FRAME_SAMPLES, WakeWordError

__all__ = ["KNOWN_WORD", "ProvedFeatures", "known_embeddings", "prove_features", "prove_words"]

KNOWN_WORD: Final = "alexa"
"""What is said in the recording whose embeddings are known."""

_RECORDING: Final = Path(__file__).with_name("alexa.wav")
_EMBEDDINGS: Final = Path(__file__).with_name("alexa-embeddings.npy")
"""The last 16 embeddings after silence and the recording, as ONNX Runtime computes them on Linux on x86-64: with
the models of openWakeWord 0.5.1, and with those of 0.4.0, which were trained differently."""

_LARGEST_ERROR: Final = 0.5
"""The largest error that passes. The embeddings' numbers reach 90; two libraries differ by 0.0001, and the broken
one was off by 45.
"""

_LOWEST_SCORE: Final = 0.9
"""The lowest score of the recording that passes; it scores 1.00."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvedFeatures:
    """One backend's models that gave the right answer, their result for silence, and the known word's score."""

    backend: ModelBackend
    models: FeatureModels
    silence: Silence
    score: float


def known_embeddings() -> Floats:
    """What the recording is to become with each release's models, the newest embedding at the end: (2, 16, 96)."""
    embeddings: Floats = np.load(_EMBEDDINGS)
    return embeddings


def prove_features(backend: ModelBackend, folder: Path, known_word: Path) -> ProvedFeatures:
    """The backend's models of the package's folder, after they have heard the recording correctly.

    ``known_word`` is the model of ``KNOWN_WORD``, in the backend's own format.

    Raises:
        WakeWordError: they cannot be loaded, do not run or give something else.
    """
    if not known_word.is_file():
        raise WakeWordError(f"There are no {backend.suffix} models in {folder}.")
    models, word = FeatureModels(backend, folder), load_word_model(backend, known_word)
    known = known_embeddings()
    try:
        silence = silence_of(models)
        embeddings = _hear_recording(models, silence, known.shape[1])
        score = word.score(embeddings[-word.embeddings :])
    except Exception as error:  # neither library has an error of its own to catch
        raise WakeWordError(f"It does not run: {error}") from error
    largest_error = float(np.min(np.max(np.abs(known - embeddings), axis=(1, 2))))
    if not largest_error <= _LARGEST_ERROR:  # which NaN is not either
        raise WakeWordError(
            f"It hears a known recording wrongly: the embeddings are off by {largest_error:.3g}, "
            f"and {_LARGEST_ERROR:g} is allowed."
        )
    _require_sure(score)
    return ProvedFeatures(backend=backend, models=models, silence=silence, score=score)


def prove_words(backend: ModelBackend, known_word: Path) -> None:
    """Check that the backend recognises the known word by its known embeddings.

    Raises:
        WakeWordError: it does not, or its model cannot be loaded.
    """
    word = load_word_model(backend, known_word)
    _require_sure(max(word.score(known[-word.embeddings :]) for known in known_embeddings()))


def _require_sure(score: float) -> None:
    if not score >= _LOWEST_SCORE:
        raise WakeWordError(f"It gives a known recording of '{KNOWN_WORD}' a score of {score:.2f} instead of 1.00.")


def _hear_recording(models: FeatureModels, silence: Silence, embeddings: int) -> Floats:
    sound = HeardSound(silence, embeddings)
    for frame in _recording():
        sound.hear(models, frame)
    return sound.last_embeddings(embeddings)


def _recording() -> list[AudioSamples]:
    with wave.open(str(_RECORDING)) as clip:
        samples = np.frombuffer(clip.readframes(clip.getnframes()), dtype=np.int16) / INT16_SCALE
    padded = np.pad(samples, (0, -len(samples) % FRAME_SAMPLES)).astype(np.float32)
    return list(padded.reshape(-1, FRAME_SAMPLES))
