"""Runs the last of openWakeWord's models, one per word, over the last embeddings, most often 16, 1.96 s."""

from pathlib import Path
from typing import Final

import numpy as np

from realtime_mlx_stt.adapters.wake_word.model_backend import Floats, LoadedModel, ModelBackend
from realtime_mlx_stt.adapters.wake_word.speech_features import EMBEDDING_NUMBERS
from realtime_mlx_stt.ports.wake_word import WakeWordError

__all__ = ["WordModel", "load_word_model"]

_USUAL_EMBEDDINGS: Final = 16
_MOST_EMBEDDINGS: Final = 120
"""The most embeddings that a model may look at: 10 s of sound, as far back as openWakeWord itself remembers."""


class WordModel:
    """The loaded model of one word. Thread-safe."""

    def __init__(self, model: LoadedModel, embeddings: int) -> None:
        self._model = model
        self._embeddings = embeddings

    @property
    def embeddings(self) -> int:
        """How many embeddings it looks at."""
        return self._embeddings

    def score(self, embeddings: Floats) -> float:
        """How surely the word ended in the last embedding; any error of the model's library may come of it."""
        return float(self._model.run(embeddings[np.newaxis]).reshape(()))


def load_word_model(backend: ModelBackend, path: Path) -> WordModel:
    """Load the word's model from that file, and try it once with zeros.

    Raises:
        WakeWordError: it cannot be loaded, or is no model of one word.
    """
    loaded = backend.load(path)
    embeddings = _embeddings_wanted(loaded, path)
    try:
        scores = loaded.run(np.zeros((1, embeddings, EMBEDDING_NUMBERS), dtype=np.float32)).ravel()
    except Exception as error:  # neither library has an error of its own to catch
        raise WakeWordError(f"The file {path} is no wake-word model: {error}") from error
    if len(scores) != 1 or not 0.0 <= scores[0] <= 1.0:
        given = ", ".join(f"{score:.3g}" for score in scores[:3])
        raise WakeWordError(
            f"The file {path} is no wake-word model: it gives {len(scores)} numbers ({given}) where openWakeWord's "
            f"give one from 0 to 1."
        )
    return WordModel(loaded, embeddings)


def _embeddings_wanted(model: LoadedModel, path: Path) -> int:
    match model.input_shape:
        case (1 | None, None, int(numbers)) if numbers == EMBEDDING_NUMBERS:
            return _USUAL_EMBEDDINGS
        case (1 | None, int(count), int(numbers)) if numbers == EMBEDDING_NUMBERS and 0 < count <= _MOST_EMBEDDINGS:
            return count
        case shape:
            lengths = " x ".join("any" if length is None else str(length) for length in shape)
            raise WakeWordError(
                f"The file {path} is no wake-word model: it takes {lengths} numbers where openWakeWord's take "
                f"1 x {_USUAL_EMBEDDINGS} x {EMBEDDING_NUMBERS}."
            )
