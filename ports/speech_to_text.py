"""What turns the sound of an utterance into text."""

from typing import Protocol

from realtime_mlx_stt.domain.errors import PortError
from realtime_mlx_stt.domain.transcription import Transcription
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = [
    "SpeechToText",
    "SpeechToTextEngines",
    "SpeechToTextError",
    "UnknownEngineError",
    "UnknownLanguageError",
    "UtteranceDecoder",
]


class SpeechToTextError(PortError):
    """The model cannot be loaded or did not run."""

    code = "speech-to-text"


class UnknownEngineError(SpeechToTextError):
    """There is no engine of that name; the message lists those there are."""

    code = "unknown-engine"


class UnknownLanguageError(SpeechToTextError):
    """The model does not write that language; the message names near matches."""

    code = "unknown-language"


class UtteranceDecoder(Protocol):
    """Decodes one utterance as it grows; it may keep what it found out so far."""

    def decode(self, audio: AudioSamples, *, final: bool) -> Transcription:
        """The text of the utterance's audio from its first sample to now, at most 30 s.

        ``final`` asks for the best text with word times; otherwise speed comes first. Word positions count
        from the first sample of ``audio`` and never lie outside it.

        Raises:
            SpeechToTextError: the model did not run.
        """
        ...


class SpeechToText(Protocol):
    """One model. ``load``, ``open_utterance`` and every decoder are used on one thread: the model's owner."""

    @property
    def model(self) -> str:
        """The name the model was asked for by."""
        ...

    def load(self) -> None:
        """Load and warm up; idempotent. Seconds long, minutes when the model must first be fetched.

        Raises:
            SpeechToTextError: the model cannot be loaded.
            ModelRepositoryError: the model is not there and cannot be fetched.
        """
        ...

    def open_utterance(self, language: str | None) -> UtteranceDecoder:
        """A decoder for a new utterance in ``language`` (ISO 639-1), or None to detect it.

        Raises:
            UnknownLanguageError: the model does not write that language.
        """
        ...


class SpeechToTextEngines(Protocol):
    """Knows the engines by name."""

    def open(self, engine: str, model: str) -> SpeechToText:
        """The named model of the named engine, not yet loaded. Cheap; may be called on any thread.

        Raises:
            UnknownEngineError: there is no such engine.
            UnknownModelError: it is already plain that there is no such model.
        """
        ...

    def language_code(self, engine: str, model: str, language: str | None) -> str | None:
        """The ISO 639-1 code of a language given by code or English name; None, which is detected, stays None.

        Raises:
            UnknownEngineError: there is no such engine.
            UnknownLanguageError: the model cannot write that language.
        """
        ...
