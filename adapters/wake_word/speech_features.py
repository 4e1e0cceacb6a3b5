"""Computes openWakeWord's features, before any word is looked for: mel spectrograms, and speech embeddings of them.

Every 80 ms eight new mel frames make one embedding of the last 76 frames (openWakeWord,
https://github.com/dscripka/openWakeWord). The package itself begins with random sound in its memory; here the past
of a new stream is silence: the same sound always gives the same embeddings.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from realtime_mlx_stt.adapters.wake_word.model_backend import Floats, ModelBackend
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.wake_word import FRAME_SAMPLES

__all__ = ["EMBEDDING_NUMBERS", "INT16_SCALE", "FeatureModels", "HeardSound", "Silence", "silence_of"]

EMBEDDING_NUMBERS: Final = 96
"""How many numbers one embedding has."""

INT16_SCALE: Final = np.float32(32767.0)
"""The largest 16-bit number: the models were trained on these numbers."""

_MEL_OVERLAP_SAMPLES: Final = 480
"""The mel model needs three hops of 160 samples before a frame's own to give eight rows for it."""

_MEL_INPUT: Final = (1, _MEL_OVERLAP_SAMPLES + FRAME_SAMPLES)
_MEL_ROWS: Final = 76
_MEL_BANDS: Final = 32


class FeatureModels:
    """The two models that all words share, as one backend runs them. Thread-safe."""

    def __init__(self, backend: ModelBackend, folder: Path) -> None:
        """Load the models of the package's folder.

        Raises:
            WakeWordError: one of them cannot be loaded.
        """
        self._mel = backend.load(folder / f"melspectrogram{backend.suffix}", _MEL_INPUT)
        self._embedding = backend.load(folder / f"embedding_model{backend.suffix}")

    def melspectrogram(self, samples: Floats) -> Floats:
        """The rows of a frame, 8 of 32 bands, from its samples and the 480 before them, as 16-bit numbers."""
        mel = self._mel.run(samples[np.newaxis])
        # openWakeWord's own scaling; it brings this model's output to what the embedding was trained on.
        return mel.reshape(-1, _MEL_BANDS) / np.float32(10) + np.float32(2)

    def embedding(self, rows: Floats) -> Floats:
        """The embedding of 76 rows."""
        return self._embedding.run(rows[np.newaxis, :, :, np.newaxis]).reshape(EMBEDDING_NUMBERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What a stream remembers after a long silence: mel rows, and their embedding."""

    mel_rows: Floats
    embedding: Floats


class HeardSound:
    """What a stream keeps for its next frame: its last samples, mel rows and embeddings."""

    def __init__(self, before: Silence, embeddings: int) -> None:
        """Begin after a silence; the last ``embeddings`` embeddings will be remembered."""
        self._samples = np.zeros(_MEL_OVERLAP_SAMPLES, dtype=np.float32)
        self._mel_rows = before.mel_rows
        self._embeddings = np.tile(before.embedding, (embeddings, 1))

    def hear(self, models: FeatureModels, frame: AudioSamples) -> None:
        """Take in the next frame; any error of the models' library may come of it."""
        samples = np.concatenate((self._samples, frame * INT16_SCALE))
        mel_rows = np.concatenate((self._mel_rows, models.melspectrogram(samples)))[-_MEL_ROWS:]
        embedding = models.embedding(mel_rows)
        self._samples, self._mel_rows = samples[-_MEL_OVERLAP_SAMPLES:], mel_rows
        self._embeddings = np.concatenate((self._embeddings[1:], embedding[np.newaxis]))

    def last_embeddings(self, count: int) -> Floats:
        """The last ``count`` embeddings, the newest at the end."""
        return self._embeddings[-count:]


def silence_of(models: FeatureModels) -> Silence:
    """The result of the models for silence; any error of their library may be raised."""
    frame = models.melspectrogram(np.zeros(_MEL_INPUT[1], dtype=np.float32))
    mel_rows = np.tile(frame, (_MEL_ROWS // len(frame) + 1, 1))[-_MEL_ROWS:]
    return Silence(mel_rows=mel_rows, embedding=models.embedding(mel_rows))
