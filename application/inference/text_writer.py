"""Has the models write texts, each by its utterance's decoder, and turns whatever goes wrong into an error."""

import logging
from collections.abc import Callable, Collection

from realtime_mlx_stt.application.inference.decoders import DecoderKey, KeptDecoders, in_session
from realtime_mlx_stt.application.inference.kept_models import ModelName
from realtime_mlx_stt.application.inference.requests import InferenceKind, InferenceRequest
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.transcription import Transcription
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextEngines, SpeechToTextError, UtteranceDecoder

__all__ = ["TextWriter"]

_LOGGER = logging.getLogger(__name__)


class TextWriter:
    """Writes the texts that are asked for. For the models' thread.

    The decoder of an utterance is kept until its final text is written, or a later utterance of its session begins.
    ``note_use`` is told of each model that is loaded for an utterance, or was.
    """

    def __init__(self, engines: SpeechToTextEngines, note_use: Callable[[ModelName], None]) -> None:
        self._engines = engines
        self._note_use = note_use
        self._decoders = KeptDecoders()

    @property
    def models(self) -> frozenset[ModelName]:
        """The models that have a decoder for an utterance that goes on."""
        return self._decoders.models

    def drop_sessions(self, ended: Collection[SessionId]) -> None:
        """Drop what is kept of sessions that are over."""
        self._decoders.drop_sessions(ended)

    def write(self, request: InferenceRequest) -> Transcription | RealtimeSttError:
        """The text, its words counted from the session's start; or why there is none. Nothing is raised."""
        is_final = request.kind is not InferenceKind.PARTIAL
        try:
            transcription = self._decoder(request).decode(request.audio, final=is_final)
        except RealtimeSttError as error:
            return error
        except Exception as error:  # an engine's bug must cost one text, not the thread that owns the models
            _LOGGER.exception("The engine %s failed", request.engine)
            return SpeechToTextError(f"The engine {request.engine} failed: {error}")
        finally:
            if request.kind is InferenceKind.FINAL:
                self._decoders.drop(DecoderKey.of(request))
        return in_session(transcription, request)

    def _decoder(self, request: InferenceRequest) -> UtteranceDecoder:
        key = DecoderKey.of(request)
        return self._decoders.find(key) or self._open(key)

    def _open(self, key: DecoderKey) -> UtteranceDecoder:
        """Open a decoder for the utterance; its model is loaded first if it is not."""
        engine = self._engines.open(key.engine, key.model)
        engine.load()
        self._note_use((key.engine, key.model))
        decoder = engine.open_utterance(key.options)
        self._decoders.keep(key, decoder)
        return decoder
