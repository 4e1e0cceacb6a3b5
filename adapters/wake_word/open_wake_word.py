"""Hears wake words with openWakeWord's three models: mel spectrogram, speech embedding, and one a word.

Every 80 ms there is a new embedding, and the word's model looks at the last 16, 1.96 s of sound (openWakeWord,
https://github.com/dscripka/openWakeWord).

On recordings of "alexa" and "hey mycroft" the first frame that scores above 0.5 ends between 0.05 s before and
0.06 s after the last loud sound of the word, in noise up to 0.1 s after it, and the scores stay high for about a
second. Release 0.4.0 hears "hey mycroft" up to 0.2 s before its end.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from realtime_mlx_stt.adapters.wake_word.backend_proof import ProvedFeatures
from realtime_mlx_stt.adapters.wake_word.litert_backend import LiteRtBackend
from realtime_mlx_stt.adapters.wake_word.model_backend import ModelBackend
from realtime_mlx_stt.adapters.wake_word.onnx_backend import OnnxBackend
from realtime_mlx_stt.adapters.wake_word.package_models import model_folder, package_folder, word_models
from realtime_mlx_stt.adapters.wake_word.proved_models import ProvedModels
from realtime_mlx_stt.adapters.wake_word.speech_features import HeardSound
from realtime_mlx_stt.adapters.wake_word.word_model import WordModel
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.wake_word import WakeWordError

__all__ = ["BackendChoice", "OpenWakeWordDetector", "OpenWakeWords"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendChoice:
    """The chosen backend, its score for a recording of ``alexa``, and a sentence for each that was refused."""

    backend: str
    score: float
    refusals: tuple[str, ...]


class OpenWakeWords:
    """A ``WakeWordDetection``; models are loaded, and backends proved, once, when first needed. Thread-safe.

    ``find_package`` tells the folder of the package that ships the models, None when there is none. ``backends``
    are tried in their order, until one hears a known recording as it should.
    """

    def __init__(
        self,
        find_package: Callable[[], Path | None] = package_folder,
        backends: Sequence[ModelBackend] = (OnnxBackend(), LiteRtBackend()),
    ) -> None:
        self._find_package = find_package
        self._backends = backends
        self._lock = threading.Lock()
        self._models: ProvedModels | None = None

    def words(self) -> tuple[str, ...]:
        """The words that can be heard, sorted.

        Raises:
            WakeWordError: the package is not there or ships no models.
        """
        return tuple(word_models(model_folder(self._find_package())))

    def open(self, words: tuple[str, ...]) -> "OpenWakeWordDetector":
        """A detector of these words for a new stream; it names them in its scores as they were asked for.

        A word is a name, or the path of a model of one's own.

        Raises:
            UnknownWakeWordError: no model hears one of them.
            WakeWordError: a model cannot be loaded, or what it would be run by does not hear as it should.
        """
        with self._lock:
            models = self._opened()
            files = models.files(words)
            features = models.features()
            loaded = {word: models.word(path) for word, path in files.items()}
        return OpenWakeWordDetector(features, loaded)

    def choice(self) -> BackendChoice:
        """The backend that hears, and why it was chosen.

        Raises:
            WakeWordError: none does.
        """
        with self._lock:
            models = self._opened()
            features = models.features()
            return BackendChoice(backend=features.backend.name, score=features.score, refusals=models.refusals)

    def _opened(self) -> ProvedModels:
        if self._models is None:
            self._models = ProvedModels(model_folder(self._find_package()), self._backends)
        return self._models


class OpenWakeWordDetector:
    """A ``WakeWordDetector``: one stream's memory around the shared models."""

    def __init__(self, features: ProvedFeatures, words: Mapping[str, WordModel]) -> None:
        self._features = features
        self._words = words
        self.reset()

    def scores(self, frame: AudioSamples) -> Mapping[str, float]:
        """For each word, how surely (0 to 1) it ended in or shortly before this frame.

        Raises:
            WakeWordError: a model did not run.
        """
        try:
            self._sound.hear(self._features.models, frame)
            return {
                word: model.score(self._sound.last_embeddings(model.embeddings))
                for word, model in self._words.items()
            }
        except Exception as error:  # neither library has an error of its own to catch
            raise WakeWordError(f"A wake-word model did not run: {error}") from error

    def reset(self) -> None:
        """Forget the stream, as before its first sample."""
        longest = max((model.embeddings for model in self._words.values()), default=1)
        self._sound = HeardSound(self._features.silence, longest)
