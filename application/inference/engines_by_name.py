"""Presents several kinds of engines as one and hands each call to the engine that it names."""

from collections.abc import Mapping

from realtime_mlx_stt.ports.speech_to_text import SpeechToText, SpeechToTextEngines, UnknownEngineError

__all__ = ["EnginesByName"]


class EnginesByName:
    """``SpeechToTextEngines`` over others by the names of their engines. As thread-safe as they are."""

    def __init__(self, engines: Mapping[str, SpeechToTextEngines]) -> None:
        self._engines = dict(engines)

    def open(self, engine: str, model: str) -> SpeechToText:
        """The named model of the named engine, not yet loaded.

        Raises:
            UnknownEngineError: there is no such engine.
            UnknownModelError: it is already plain that there is no such model.
            SpeechToTextError: it is already plain that the engine cannot be used here.
        """
        return self._of(engine).open(engine, model)

    def fetch(self, engine: str, model: str) -> None:
        """Fetch what the model is loaded from, so that it is on this machine.

        Raises:
            UnknownEngineError: there is no such engine.
            ModelRepositoryError: it cannot be fetched.
        """
        self._of(engine).fetch(engine, model)

    def default_model(self, engine: str) -> str:
        """The model to take where nobody chose one.

        Raises:
            UnknownEngineError: there is no such engine.
            SpeechToTextError: it cannot be told.
        """
        return self._of(engine).default_model(engine)

    def is_remote(self, engine: str) -> bool:
        """Whether a service on the network writes the texts.

        Raises:
            UnknownEngineError: there is no such engine.
        """
        return self._of(engine).is_remote(engine)

    def language_code(self, engine: str, model: str, language: str | None) -> str | None:
        """The code of a language given by code or English name; None, which is detected, stays None.

        Raises:
            UnknownEngineError: there is no such engine.
            UnknownLanguageError: the model cannot write that language.
        """
        return self._of(engine).language_code(engine, model, language)

    def check_translation(self, engine: str, model: str) -> None:
        """Find out whether the model can write in English what is said in other languages.

        Raises:
            UnknownEngineError: there is no such engine.
            NoTranslationError: it cannot.
        """
        self._of(engine).check_translation(engine, model)

    def _of(self, engine: str) -> SpeechToTextEngines:
        if engine not in self._engines:
            raise UnknownEngineError(f"There is no engine {engine}; there are {' and '.join(self._engines)}.")
        return self._engines[engine]
