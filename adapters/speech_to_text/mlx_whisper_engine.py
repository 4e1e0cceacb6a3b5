"""Runs Whisper on MLX as a ``SpeechToText``; it loads on its owner's thread, and imports nothing heavy before."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from realtime_mlx_stt.adapters.speech_to_text.runtime.blas_threads import compute_on_one_thread
from realtime_mlx_stt.adapters.speech_to_text.runtime.fast_blas import load_fast_blas
from realtime_mlx_stt.adapters.speech_to_text.runtime.side_by_side import side_by_side
from realtime_mlx_stt.adapters.speech_to_text.text.languages import check_translation, language_code
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription, TranscriptionTask
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.model_repository import ModelRepository
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError, UtteranceDecoder

if TYPE_CHECKING:
    from realtime_mlx_stt.adapters.speech_to_text.text.transcriber import Transcriber

__all__ = ["MlxWhisper", "MlxWhisperDecoder"]

_LOGGER = logging.getLogger(__name__)

_BUFFER_CACHE_BYTES: Final = 128 << 20
"""The most that MLX may keep of the buffers it has freed, in bytes: it keeps each for the next array of that
size."""


class MlxWhisper:
    """A ``SpeechToText``. To be loaded and used on one thread: MLX's streams belong to the thread they began on."""

    def __init__(self, model: str, repository: ModelRepository) -> None:
        self._model = model
        self._repository = repository
        self._transcriber: Transcriber | None = None
        self._owner: int | None = None

    @property
    def model(self) -> str:
        """The name the model was asked for by."""
        return self._model

    @property
    def most_together(self) -> int:
        """Of how many utterances it is worth asking for hypotheses at once; 1 until the model is loaded."""
        return 1 if self._transcriber is None else self._transcriber.most_together

    @property
    def is_loaded(self) -> bool:
        """Whether the model is loaded, so that it can write at once."""
        return self._transcriber is not None

    def load(self) -> None:
        """Fetch, load and warm up the model; idempotent.

        Raises:
            SpeechToTextError: MLX or the model cannot be loaded, or it was loaded on another thread.
            ModelRepositoryError: the model cannot be had.
        """
        if self._transcriber is not None:
            self._loaded()
            return
        folder = self._repository.pull(self._model)
        load_fast_blas()
        compute_on_one_thread()
        with _translated(self._model):
            # Only now: these import MLX, which must find the BLAS, and takes its time.
            import mlx.core as mx  # noqa: PLC0415

            from realtime_mlx_stt.adapters.speech_to_text.network import whisper_model  # noqa: PLC0415
            from realtime_mlx_stt.adapters.speech_to_text.runtime import stream_release  # noqa: PLC0415
            from realtime_mlx_stt.adapters.speech_to_text.text import transcriber  # noqa: PLC0415

            stream_release.release_streams_at_thread_end()
            mx.set_cache_limit(_BUFFER_CACHE_BYTES)
            loaded = transcriber.Transcriber(whisper_model.load_model(folder))
            loaded.warm_up()
        self._owner = threading.get_ident()
        self._transcriber = loaded

    def unload(self) -> None:
        """Give the model's memory back to the system; idempotent. A decoder of it that is still kept keeps it, too.

        Raises:
            SpeechToTextError: it was loaded on another thread.
        """
        if self._transcriber is None:
            return
        self._loaded()
        self._transcriber = self._owner = None
        from realtime_mlx_stt.adapters.speech_to_text.runtime.memory_return import return_memory  # noqa: PLC0415 - needs MLX

        return_memory()

    def open_utterance(self, options: DecodingOptions) -> "MlxWhisperDecoder":
        """A decoder for a new utterance; the language may be given by code or English name.

        Raises:
            UnknownLanguageError: the model does not write that language.
            NoTranslationError: the task is to translate, and the model knows English alone.
            SpeechToTextError: the model has not been loaded on this thread.
        """
        language, is_multilingual = options.language, self._loaded().is_multilingual
        code = language and language_code(language, model=self._model, is_multilingual=is_multilingual)
        if options.task is TranscriptionTask.TRANSLATE:
            check_translation(self._model, is_multilingual=is_multilingual)
        return MlxWhisperDecoder(self, replace(options, language=code or None))

    def decode_together(
        self, growing: Sequence[tuple[UtteranceDecoder, AudioSamples]]
    ) -> list[Transcription | SpeechToTextError]:
        """The text so far of each utterance, or its error."""
        outcomes = side_by_side([partial(decoder.decode, audio, final=False) for decoder, audio in growing])
        return [self._text_or_error(outcome) for outcome in outcomes]

    def _text_or_error(self, outcome: Transcription | Exception) -> Transcription | SpeechToTextError:
        if isinstance(outcome, Transcription | SpeechToTextError):
            return outcome
        _LOGGER.error("The model %s failed", self._model, exc_info=outcome)  # it must not cost the others' texts
        return SpeechToTextError(f"The model {self._model} failed: {outcome}")

    def _loaded(self) -> "Transcriber":
        if self._transcriber is None:
            raise SpeechToTextError(f"The model {self._model} is used before it was loaded.")
        if self._owner != threading.get_ident():
            raise SpeechToTextError(f"The model {self._model} was loaded on another thread; MLX needs it there.")
        return self._transcriber


class MlxWhisperDecoder:
    """An ``UtteranceDecoder``: hypotheses compute only what is new, the final text is computed exactly.

    The text so far is given to the final decoding as a draft, which is checked in one pass.
    """

    def __init__(self, engine: MlxWhisper, options: DecodingOptions) -> None:
        self._engine = engine
        self._options = options
        self._growing = engine._loaded().growing_text(options)

    def decode(self, audio: AudioSamples, *, final: bool) -> Transcription:
        """The text of the audio so far, at most 30 s, with word times.

        Raises:
            SpeechToTextError: the audio is too long, or the model did not run.
        """
        transcriber = self._engine._loaded()
        if audio.size > transcriber.longest_samples:
            longest = transcriber.longest_samples
            seconds = samples_to_seconds(longest)
            raise SpeechToTextError(
                f"Whisper hears {longest} samples at once, which are {seconds:g} s; the utterance has {audio.size}."
            )
        samples = np.ascontiguousarray(audio, dtype=np.float32)
        with _translated(self._engine.model):
            if final:
                return transcriber.transcribe(samples, self._options, drafts=self._growing.drafts).transcription
            return self._growing.write(samples).transcription


@contextmanager
def _translated(model: str) -> Iterator[None]:
    """Turn MLX's errors into the port's: RuntimeError, ValueError, and ImportError where MLX is missing."""
    try:
        yield
    except (ImportError, MemoryError, OSError, RuntimeError, ValueError) as error:
        raise SpeechToTextError(f"The model {model} did not run on MLX: {error}") from error
