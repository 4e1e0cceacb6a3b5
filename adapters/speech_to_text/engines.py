"""The engine that runs Whisper on this machine, with MLX."""

import platform
import threading
from typing import Final

from realtime_mlx_stt.adapters.speech_to_text.mlx_whisper_engine import MlxWhisper
from realtime_mlx_stt.adapters.speech_to_text.text.languages import check_translation, language_code
from realtime_mlx_stt.ports.model_repository import ModelRepository
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError, UnknownEngineError

__all__ = ["ENGINE", "MlxEngines", "default_model"]

ENGINE: Final = "mlx_whisper"


def default_model() -> str:
    """The model to take where nobody chose one: ``large-v3-turbo`` where MLX has Metal, else ``tiny.en``.

    Raises:
        SpeechToTextError: MLX, which alone can tell, cannot be imported.
    """
    if (platform.system(), platform.machine()) != ("Darwin", "arm64"):
        return "tiny.en"
    try:
        import mlx.core as mx  # noqa: PLC0415 - only a Mac needs to ask
    except Exception as error:  # a library that is damaged may raise anything
        raise SpeechToTextError(f"MLX cannot be imported ({error}); `stt doctor` names what mends it.") from error
    return "large-v3-turbo" if mx.metal.is_available() else "tiny.en"


class MlxEngines:
    """``SpeechToTextEngines`` over one model repository. Thread-safe; each model is opened once and kept."""

    def __init__(self, repository: ModelRepository) -> None:
        self._repository = repository
        self._opened: dict[str, MlxWhisper] = {}
        self._lock = threading.Lock()

    def open(self, engine: str, model: str) -> MlxWhisper:
        """The model, the same object each time; not yet loaded the first time, and nothing heavy is imported.

        Raises:
            UnknownEngineError: there is no such engine.
            UnknownModelError: no model has that name.
        """
        _check_engine(engine)
        with self._lock:
            if model not in self._opened:
                self._repository.require_known(model)
                self._opened[model] = MlxWhisper(model, self._repository)
            return self._opened[model]

    def fetch(self, engine: str, model: str) -> None:
        """Fetch and convert the model, unless that has been done.

        Raises:
            UnknownEngineError: there is no such engine.
            ModelRepositoryError: the model cannot be had.
        """
        if not self.open(engine, model).is_loaded:
            self._repository.pull(model)

    def language_code(self, engine: str, model: str, language: str | None) -> str | None:
        """The code of a language given by code or English name; None, which is detected, stays None.

        Raises:
            UnknownEngineError: there is no such engine.
            UnknownLanguageError: the model cannot write that language.
        """
        _check_engine(engine)
        if language is None:
            return None
        return language_code(language, model=model, is_multilingual=self._is_multilingual(model))

    def check_translation(self, engine: str, model: str) -> None:
        """Find out whether the model can write in English what is said in other languages.

        Raises:
            UnknownEngineError: there is no such engine.
            NoTranslationError: it knows English alone.
        """
        _check_engine(engine)
        check_translation(model, is_multilingual=self._is_multilingual(model))

    def default_model(self, engine: str) -> str:
        """The model to take where nobody chose one: the best that this machine keeps up with.

        Raises:
            UnknownEngineError: there is no such engine.
            SpeechToTextError: MLX, which alone can tell, cannot be imported.
        """
        _check_engine(engine)
        return default_model()

    def is_remote(self, engine: str) -> bool:
        """It is not: nothing leaves this machine.

        Raises:
            UnknownEngineError: there is no such engine.
        """
        _check_engine(engine)
        return False

    def _is_multilingual(self, model: str) -> bool:
        """Whether the model writes several languages, as far as is known before it is loaded."""
        described = {known.name: known.is_multilingual for known in self._repository.models()}
        return described.get(model, not model.endswith(".en"))


def _check_engine(engine: str) -> None:
    if engine != ENGINE:
        raise UnknownEngineError(f"There is no engine {engine}; there is {ENGINE}.")
