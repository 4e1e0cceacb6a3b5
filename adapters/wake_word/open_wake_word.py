"""Hears wake words with openWakeWord's three ONNX models: mel spectrogram, speech embedding, and one a word.

Every 80 ms eight new mel frames make one embedding of the last 76 frames, and the word's model looks at the last 16
embeddings, 1.96 s of sound (openWakeWord, https://github.com/dscripka/openWakeWord). The package itself begins
with random sound in its memory; here the past of a new stream is silence: the same sound always scores the same.

On recordings of "alexa" and "hey mycroft" the first frame that scores above 0.5 ends between 0.05 s before and
0.03 s after the last loud sound of the word, and the scores stay high for about a second.
"""

import os
import threading
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from realtime_mlx_stt.adapters.wake_word.package_models import (
    model_folder,
    package_folder,
    resolve_word,
    word_models,
)
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.wake_word import FRAME_SAMPLES, WakeWordError

__all__ = ["OpenWakeWordDetector", "OpenWakeWords"]

_Floats = npt.NDArray[np.float32]

_MEL_OVERLAP_SAMPLES: Final = 480
"""The mel model needs three hops of 160 samples before a frame's own to give eight rows for it."""

_MEL_ROWS: Final = 76
_EMBEDDINGS: Final = 16
_INT16_SCALE: Final = np.float32(32767.0)
"""The models were trained on 16-bit numbers."""

_NO_TELEMETRY: Final = "ORT_DISABLE_TELEMETRY"
"""Without it onnxruntime 1.29 and later report to Microsoft what is run, and keep a number of the device."""

_CHECK_WORD: Final = "alexa"
_CHECK_CLIP: Final = Path(__file__).with_name("alexa.wav")


@dataclass(frozen=True, slots=True, kw_only=True)
class _FeatureModels:
    """The two models that all words share."""

    mel: Any
    embedding: Any


@dataclass(slots=True, kw_only=True)
class _Hearing:
    """What a stream leaves behind for its next frame."""

    samples: _Floats
    mel_rows: _Floats
    embeddings: _Floats

    def copy(self) -> "_Hearing":
        return _Hearing(
            samples=self.samples.copy(), mel_rows=self.mel_rows.copy(), embeddings=self.embeddings.copy()
        )


class OpenWakeWords:
    """A ``WakeWordDetection``; each model is loaded once, when it is first needed. Thread-safe.

    ``find_package`` tells the folder of the package that ships the models, None when there is none.
    """

    def __init__(self, find_package: Callable[[], Path | None] = package_folder) -> None:
        self._find_package = find_package
        self._lock = threading.Lock()
        self._features: _FeatureModels | None = None
        self._silence: _Hearing | None = None
        self._words: dict[str, Any] = {}

    def words(self) -> tuple[str, ...]:
        """The words that can be heard, sorted.

        Raises:
            WakeWordError: the package is not there or ships no models.
        """
        return tuple(word_models(model_folder(self._find_package())))

    def open(self, words: tuple[str, ...]) -> "OpenWakeWordDetector":
        """A detector of these words for a new stream; it names them in its scores as they were asked for.

        Raises:
            UnknownWakeWordError: no model hears one of them.
            WakeWordError: a model cannot be loaded.
        """
        folder = model_folder(self._find_package())
        paths = word_models(folder)
        resolved = {word: resolve_word(word, tuple(paths)) for word in words}
        with self._lock:
            if self._features is None or self._silence is None:
                self._features = _load_features(folder)
                self._silence = _silence(self._features)
            for word in resolved.values():
                if word not in self._words:
                    self._words[word] = _load(paths[word])
            models = {word: self._words[known] for word, known in resolved.items()}
        return OpenWakeWordDetector(self._features, models, self._silence)

    def check(self) -> float:
        """The best score, 0 to 1, for a recording of the word alexa; below 0.5 something is wrong with the models.

        On macOS on Apple Silicon the ONNX embedding model has been seen to give garbage (openWakeWord#336).

        Raises:
            WakeWordError: the models cannot be loaded or do not run.
        """
        detector = self.open((_CHECK_WORD,))
        with wave.open(str(_CHECK_CLIP)) as clip:
            samples = np.frombuffer(clip.readframes(clip.getnframes()), dtype=np.int16).astype(np.float32)
        padded = np.concatenate(
            (samples / _INT16_SCALE, np.zeros(FRAME_SAMPLES - len(samples) % FRAME_SAMPLES, dtype=np.float32))
        )
        return max(detector.scores(frame)[_CHECK_WORD] for frame in padded.reshape(-1, FRAME_SAMPLES))


class OpenWakeWordDetector:
    """A ``WakeWordDetector``: one stream's memory around the shared models."""

    def __init__(self, features: _FeatureModels, words: Mapping[str, Any], silence: _Hearing) -> None:
        self._features = features
        self._words = words
        self._silence = silence
        self._hearing = silence.copy()

    def scores(self, frame: AudioSamples) -> Mapping[str, float]:
        """For each word, how surely (0 to 1) it ended in or shortly before this frame.

        Raises:
            WakeWordError: a model did not run.
        """
        try:
            _hear(self._features, self._hearing, frame)
            embeddings = self._hearing.embeddings[np.newaxis]
            return {word: _score(model, embeddings) for word, model in self._words.items()}
        except Exception as error:  # onnxruntime has no error of its own to catch
            raise WakeWordError(f"A wake-word model did not run: {error}") from error

    def reset(self) -> None:
        """Forget the stream, as before its first sample."""
        self._hearing = self._silence.copy()


def _hear(models: _FeatureModels, hearing: _Hearing, frame: AudioSamples) -> None:
    samples = np.concatenate((hearing.samples, frame * _INT16_SCALE))
    hearing.samples = samples[-_MEL_OVERLAP_SAMPLES:]
    (mel,) = models.mel.run(None, {"input": samples[np.newaxis]})
    # The scaling by which openWakeWord brings this model's output to that of the one the embedding was trained on.
    rows = mel.reshape(-1, mel.shape[-1]) / 10 + 2
    hearing.mel_rows = np.concatenate((hearing.mel_rows, rows))[-_MEL_ROWS:]
    (embedding,) = models.embedding.run(None, {"input_1": hearing.mel_rows[np.newaxis, :, :, np.newaxis]})
    hearing.embeddings = np.concatenate((hearing.embeddings, embedding.reshape(1, -1)))[-_EMBEDDINGS:]


def _score(model: Any, embeddings: _Floats) -> float:
    (output,) = model.run(None, {model.get_inputs()[0].name: embeddings})
    return float(output[0, 0])


def _silence(models: _FeatureModels) -> _Hearing:
    """The memory of somebody who has heard nothing for long."""
    hearing = _Hearing(
        samples=np.zeros(_MEL_OVERLAP_SAMPLES, dtype=np.float32),
        mel_rows=np.ones((_MEL_ROWS, 32), dtype=np.float32),
        embeddings=np.zeros((_EMBEDDINGS, 96), dtype=np.float32),
    )
    frame = np.zeros(FRAME_SAMPLES, dtype=np.float32)
    for _ in range(_MEL_ROWS // 8 + 1 + _EMBEDDINGS):
        _hear(models, hearing, frame)
    return hearing


def _load_features(folder: Path) -> _FeatureModels:
    return _FeatureModels(
        mel=_load(folder / "melspectrogram.onnx"), embedding=_load(folder / "embedding_model.onnx")
    )


def _load(path: Path) -> Any:
    try:
        os.environ.setdefault(_NO_TELEMETRY, "1")  # before the import, for it is read once only
        import onnxruntime  # noqa: PLC0415 - 0.1 s, and not needed for most commands

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has no error of its own to catch
        raise WakeWordError(f"The wake-word model {path} cannot be loaded: {error}") from error
