"""Provides the engine of which a service on the network writes the texts: OpenAI's, or any with the same API."""

import importlib.util
import threading
from typing import Final

from realtime_mlx_stt.adapters.openai_transcription.account import OpenAiAccount
from realtime_mlx_stt.adapters.openai_transcription.client import client_missing
from realtime_mlx_stt.adapters.openai_transcription.remote_model import (
    RemoteModel,
    checked_language,
    no_translation,
)
from realtime_mlx_stt.adapters.openai_transcription.service import USUAL_PATIENCE, Patience, TranscriptionService
from realtime_mlx_stt.ports.speech_to_text import UnknownEngineError

__all__ = ["DEFAULT_MODEL", "ENGINE", "OpenAiEngines"]

ENGINE: Final = "openai"
DEFAULT_MODEL: Final = "gpt-4o-transcribe"


class OpenAiEngines:
    """``SpeechToTextEngines`` over one account. Thread-safe; each model is opened once and kept."""

    def __init__(self, account: OpenAiAccount, patience: Patience = USUAL_PATIENCE) -> None:
        self._account = account
        self._service = TranscriptionService(account, patience)
        self._opened: dict[str, RemoteModel] = {}
        self._lock = threading.Lock()

    def open(self, engine: str, model: str) -> RemoteModel:
        """The model, the same object each time; the network is not used, and nothing heavy is imported.

        Any name will do here: which models there are only the service knows.

        Raises:
            UnknownEngineError: there is no such engine.
            ApiKeyMissingError: nobody gave a key.
            SpeechToTextError: the client is not installed.
        """
        _check_engine(engine)
        if importlib.util.find_spec("openai") is None:
            raise client_missing()
        self._account.access()
        with self._lock:
            if model not in self._opened:
                self._opened[model] = RemoteModel(model, self._service)
            return self._opened[model]

    def fetch(self, engine: str, model: str) -> None:
        """Do nothing: the models are the service's.

        Raises:
            UnknownEngineError: there is no such engine.
        """
        _check_engine(engine)

    def default_model(self, engine: str) -> str:
        """The model to take where nobody chose one.

        Raises:
            UnknownEngineError: there is no such engine.
        """
        _check_engine(engine)
        return DEFAULT_MODEL

    def is_remote(self, engine: str) -> bool:
        """True: the texts are written by a service.

        Raises:
            UnknownEngineError: there is no such engine.
        """
        _check_engine(engine)
        return True

    def check_translation(self, engine: str, model: str) -> None:
        """Always raise: what is sent to the service is only transcribed.

        Raises:
            UnknownEngineError: there is no such engine.
            NoTranslationError: there is.
        """
        _check_engine(engine)
        raise no_translation(model)

    def language_code(self, engine: str, model: str, language: str | None) -> str | None:
        """The code of a language given by code or English name; None, which is detected, stays None.

        All models write the same languages, as far as anybody knows.

        Raises:
            UnknownEngineError: there is no such engine.
            UnknownLanguageError: there is no such language.
        """
        _check_engine(engine)
        return checked_language(language)


def _check_engine(engine: str) -> None:
    if engine != ENGINE:
        raise UnknownEngineError(f"There is no engine {engine}; there is {ENGINE}.")
