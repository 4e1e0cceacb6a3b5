"""Loads models by the first backend that proves itself, and users' own models by the one of their format."""

from collections.abc import Sequence
from pathlib import Path

from realtime_mlx_stt.adapters.wake_word.backend_proof import (
    KNOWN_WORD,
    ProvedFeatures,
    prove_features,
    prove_words,
)
from realtime_mlx_stt.adapters.wake_word.model_backend import ModelBackend
from realtime_mlx_stt.adapters.wake_word.package_models import own_model, resolve_word, word_models
from realtime_mlx_stt.adapters.wake_word.word_model import WordModel, load_word_model
from realtime_mlx_stt.domain.wake_word_names import is_model_file
from realtime_mlx_stt.ports.wake_word import WakeWordError

__all__ = ["ProvedModels"]


class ProvedModels:
    """The models of the package's folder and users' own, loaded and proved once. For one thread at a time."""

    def __init__(self, folder: Path, backends: Sequence[ModelBackend]) -> None:
        self._package = word_models(folder)
        self._folder = folder
        self._backends = backends
        self._features: ProvedFeatures | None = None
        self._refused: dict[str, str] = {}
        self._proved: set[str] = set()
        self._words: dict[tuple[Path, int], WordModel] = {}

    @property
    def refusals(self) -> tuple[str, ...]:
        """A sentence for each backend that was not taken."""
        return tuple(f"{name}: {reason}" for name, reason in self._refused.items())

    def files(self, words: Sequence[str]) -> dict[str, Path]:
        """The file for each word: the package's ONNX model for a name, or the user's own model.

        Raises:
            UnknownWakeWordError: there is none for one of them.
        """
        names = tuple(self._package)
        return {
            word: own_model(word) if is_model_file(word) else self._package[resolve_word(word, names)]
            for word in words
        }

    def features(self) -> ProvedFeatures:
        """The models that all words share, of the first backend that hears a known recording correctly.

        Raises:
            WakeWordError: none does; with the reason of each.
        """
        for backend in self._backends:
            if self._features is None and backend.name not in self._refused:
                self._features = self._try(backend)
        if self._features is None:
            raise WakeWordError(
                f"No wake word can be heard here. {' '.join(self.refusals)} Mend one of the two, or listen without "
                f"a wake word; `stt doctor` says whether it is mended."
            )
        return self._features

    def word(self, path: Path) -> WordModel:
        """The word's model of that file; for a file of the package, of its twin in the format of the features.

        Raises:
            WakeWordError: it cannot be loaded, is no model of a word, or is of a format that nothing here runs.
        """
        if path.parent == self._folder:
            path = self._twin(path)
        backend = next(each for each in self._backends if each.suffix == path.suffix.lower())
        self._prove_words(backend, path)
        key = path, path.stat().st_mtime_ns
        if key not in self._words:
            self._words[key] = load_word_model(backend, path)
        return self._words[key]

    def _twin(self, path: Path) -> Path:
        """The package's model of the same word in the format of the features, if there is one."""
        twin = path.with_suffix(self.features().backend.suffix)
        return twin if twin.is_file() else path

    def _known_word(self, backend: ModelBackend) -> Path:
        (onnx,) = self.files([KNOWN_WORD]).values()
        return onnx.with_suffix(backend.suffix)

    def _try(self, backend: ModelBackend) -> ProvedFeatures | None:
        known_word = self._known_word(backend)
        try:
            features = prove_features(backend, self._folder, known_word)
        except WakeWordError as error:
            self._refused[backend.name] = str(error)
            return None
        self._proved.add(backend.name)
        return features

    def _prove_words(self, backend: ModelBackend, path: Path) -> None:
        """Check that a backend other than the one of the features runs words' models, if a known one is there."""
        known_word = self._known_word(backend)
        if backend.name in self._proved or not known_word.is_file():
            return
        try:
            prove_words(backend, known_word)
        except WakeWordError as error:
            raise WakeWordError(f"The wake-word model {path} cannot be used. {backend.name}: {error}") from error
        self._proved.add(backend.name)
