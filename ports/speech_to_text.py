"""Defines engines and models that turn the sound of an utterance into text."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from realtime_mlx_stt.domain.errors import PortError
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = [
    "ApiKeyMissingError",
    "ApiKeyRefusedError",
    "NoTranslationError",
    "ServiceOfflineError",
    "ServiceRateLimitError",
    "ServiceTimeoutError",
    "SpeechToText",
    "SpeechToTextEngines",
    "SpeechToTextError",
    "TranscriptionServiceError",
    "UnknownEngineError",
    "UnknownLanguageError",
    "UtteranceDecoder",
    "decode_each",
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


class NoTranslationError(SpeechToTextError):
    """The model writes only what is said, and nothing in another language; the message names one that does."""

    code = "no-translation"


class TranscriptionServiceError(SpeechToTextError):
    """The service that writes the texts gave none; the message says what it answered."""

    code = "transcription-service"


class ApiKeyMissingError(TranscriptionServiceError):
    """The service asks for a key and there is none; the message says where one is looked for."""

    code = "api-key-missing"


class ApiKeyRefusedError(TranscriptionServiceError):
    """The service does not take the key, or does not allow it this; the message never shows the key."""

    code = "api-key-refused"


class ServiceOfflineError(TranscriptionServiceError):
    """There is no way to the service: the network is down, or its address is wrong."""

    code = "service-offline"


class ServiceRateLimitError(TranscriptionServiceError):
    """The service takes no more requests for now; the message says how long to wait where the service did."""

    code = "service-rate-limit"


class ServiceTimeoutError(TranscriptionServiceError):
    """The service did not answer in time; the message says in how many seconds."""

    code = "service-timeout"


class UtteranceDecoder(Protocol):
    """Decodes one utterance as it grows; it may reuse its earlier results."""

    def decode(self, audio: AudioSamples, *, final: bool) -> Transcription:
        """The text of the utterance's audio from its first sample to now, at most 30 s.

        ``final`` asks for the best text with word times; otherwise speed comes first. Word positions count
        from the first sample of ``audio`` and never lie outside it.

        Raises:
            SpeechToTextError: the model did not run.
        """
        ...


class SpeechToText(Protocol):
    """One model. ``load``, ``unload``, ``open_utterance`` and every decoder are used on one thread: the engine's.

    A model that one object has loaded is loaded for every other object that is opened by the same name.
    """

    @property
    def model(self) -> str:
        """The name the model was asked for by."""
        ...

    @property
    def most_together(self) -> int:
        """Of how many utterances it is worth asking for hypotheses at once; 1 where that is no faster."""
        ...

    def load(self) -> None:
        """Load and warm up; idempotent. Seconds long, minutes when the model must first be fetched.

        A model of a remote engine has nothing to load: it finds out whether the service can be reached and takes
        the key.

        Raises:
            SpeechToTextError: the model cannot be loaded, or the service not be used.
            ModelRepositoryError: the model is not there and cannot be fetched.
        """
        ...

    def unload(self) -> None:
        """Give back the memory that the model takes; idempotent. It can be loaded again.

        Its decoders must not be used any more and must be dropped, as they keep their part of the memory. A model
        of a remote engine has nothing to give back.
        """
        ...

    def open_utterance(self, options: DecodingOptions) -> UtteranceDecoder:
        """A decoder for a new utterance. An engine ignores options that it has no use for, such as a beam.

        Raises:
            UnknownLanguageError: the model does not write that language.
            NoTranslationError: the task is to translate, and the model cannot.
        """
        ...

    def decode_together(
        self, growing: Sequence[tuple[UtteranceDecoder, AudioSamples]]
    ) -> list[Transcription | SpeechToTextError]:
        """For each of this model's decoders, no two the same, what ``decode`` with its audio gives when not final.

        In the same order. The words may differ where the model is undecided within rounding. An utterance for which
        the model does not run gets its error, and the others their texts.
        """
        ...


class SpeechToTextEngines(Protocol):
    """Knows the engines by name."""

    def open(self, engine: str, model: str) -> SpeechToText:
        """The named model of the named engine, not yet loaded. Cheap; may be called on any thread.

        Raises:
            UnknownEngineError: there is no such engine.
            UnknownModelError: it is already plain that there is no such model.
            SpeechToTextError: it is already plain that the engine cannot be used here.
        """
        ...

    def fetch(self, engine: str, model: str) -> None:
        """Make what the model is loaded from present on this machine; minutes long if it is missing. On any thread.

        Nothing needs to be done for a model that is loaded, or that runs elsewhere.

        Raises:
            UnknownEngineError: there is no such engine.
            ModelRepositoryError: it cannot be fetched.
        """
        ...

    def default_model(self, engine: str) -> str:
        """The model to take where nobody chose one.

        Raises:
            UnknownEngineError: there is no such engine.
            SpeechToTextError: it cannot be told.
        """
        ...

    def is_remote(self, engine: str) -> bool:
        """Whether a service on the network writes the texts: audio leaves this machine, and a text may cost money.

        Such an engine is asked for final texts only, since the other texts may not be wanted by anybody.

        Raises:
            UnknownEngineError: there is no such engine.
        """
        ...

    def check_translation(self, engine: str, model: str) -> None:
        """Check that the model can write in English what is said in other languages.

        Raises:
            UnknownEngineError: there is no such engine.
            NoTranslationError: it cannot, as far as is known before it is loaded.
        """
        ...

    def language_code(self, engine: str, model: str, language: str | None) -> str | None:
        """The ISO 639-1 code of a language given by code or English name; None, which is detected, stays None.

        Raises:
            UnknownEngineError: there is no such engine.
            UnknownLanguageError: the model cannot write that language.
        """
        ...


def decode_each(
    growing: Iterable[tuple[UtteranceDecoder, AudioSamples]],
) -> list[Transcription | SpeechToTextError]:
    """``decode_together`` for a model that has no faster way than one utterance after the other."""
    return [_decoded(decoder, audio) for decoder, audio in growing]


def _decoded(decoder: UtteranceDecoder, audio: AudioSamples) -> Transcription | SpeechToTextError:
    try:
        return decoder.decode(audio, final=False)
    except SpeechToTextError as error:
        return error
