"""A scripted engine that reads words off the audio: a run of the constant amplitude k/1000 says word number k."""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from realtime_mlx_stt.domain.audio_format import seconds_to_samples
from realtime_mlx_stt.domain.transcription import DecodingOptions, Transcription, TranscriptionTask, Word
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.model_repository import UnknownModelError
from realtime_mlx_stt.ports.speech_to_text import (
    NoTranslationError,
    SpeechToTextError,
    UnknownEngineError,
    UnknownLanguageError,
    UtteranceDecoder,
    decode_each,
)

__all__ = [
    "DecodeCall",
    "ScriptedDecoder",
    "ScriptedEngines",
    "ScriptedSpeechToText",
    "heard_words",
    "spoken",
    "word_text",
]

_CODES: Final = {"english": "en", "german": "de", "french": "fr"}
_LAST_WORD: Final = 100
_SHORTEST_WORD_SAMPLES: Final = 160
_PROBABILITY: Final = 0.9
_TIMEOUT_SECONDS: Final = 60.0
_LONGEST_SAMPLES: Final = seconds_to_samples(30.0)


def word_text(number: int) -> str:
    """How word number 1 to 100 is written."""
    return f"word{number}"


def spoken(*numbers: int, word_seconds: float = 0.3, gap_seconds: float = 0.05) -> AudioSamples:
    """Audio that says the words of these numbers, each followed by a gap of zeros; number 0 is silence."""
    pieces: list[AudioSamples] = []
    for number in numbers:
        pieces.append(np.full(seconds_to_samples(word_seconds), number / 1000, dtype=np.float32))
        pieces.append(np.zeros(seconds_to_samples(gap_seconds), dtype=np.float32))
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeCall:
    """One call of ``decode``: what it was given and the thread it was made on."""

    model: str
    samples: int
    final: bool
    language: str | None
    thread: threading.Thread
    task: TranscriptionTask = TranscriptionTask.TRANSCRIBE


@dataclass
class ScriptedEngines:
    """``SpeechToTextEngines`` of one engine; ``calls`` and ``load_threads`` record what the models were asked.

    While they are set, ``failure`` is raised by every decode, and ``load_failure`` by every load of a model that is
    not loaded. ``loaded`` are those that have been loaded and not been let go. ``together`` has, for each call of
    ``decode_together``, of how many utterances it was.
    """

    engine: str = "mlx_whisper"
    models: Collection[str] = ("tiny.en", "tiny", "base", "large-v3-turbo")
    languages: Collection[str] = ("en", "de", "fr")
    remote: bool = False
    failure: SpeechToTextError | None = None
    load_failure: SpeechToTextError | None = None
    most_together: int = 1
    calls: list[DecodeCall] = field(default_factory=list)
    together: list[int] = field(default_factory=list)
    load_threads: list[threading.Thread] = field(default_factory=list)
    unload_threads: list[threading.Thread] = field(default_factory=list)
    loaded: set[str] = field(default_factory=set)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def open(self, engine: str, model: str) -> "ScriptedSpeechToText":
        """The model, not yet loaded; every call makes a new object, as the port allows."""
        self._check(engine)
        if model not in self.models:
            raise UnknownModelError(f"There is no model {model}; there are {', '.join(self.models)}.")
        return ScriptedSpeechToText(self, model)

    def until_loaded(self, *models: str) -> None:
        """Wait until these models are loaded, and no others."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.loaded == set(models), _TIMEOUT_SECONDS), self.loaded

    def fetch(self, engine: str, model: str) -> None:
        """Check the name; the models are at hand."""
        self.open(engine, model)

    def default_model(self, engine: str) -> str:
        """The first of the models."""
        self._check(engine)
        return next(iter(self.models))

    def is_remote(self, engine: str) -> bool:
        """As ``remote`` says."""
        self._check(engine)
        return self.remote

    def language_code(self, engine: str, model: str, language: str | None) -> str | None:
        """Refuse a language that is not in ``languages``; a model named ``*.en`` writes only English."""
        self.open(engine, model)
        known = ("en",) if model.endswith(".en") else self.languages
        code = _CODES.get((language or "").lower(), language)
        if code is not None and code not in known:
            raise UnknownLanguageError(f"{model} does not write {language}; it writes {', '.join(known)}.")
        return code

    def check_translation(self, engine: str, model: str) -> None:
        """A model named ``*.en`` does not translate."""
        self.open(engine, model)
        if model.endswith(".en"):
            raise NoTranslationError(f"{model} writes English only.")

    def _check(self, engine: str) -> None:
        if engine != self.engine:
            raise UnknownEngineError(f"There is no engine {engine}; there is {self.engine}.")


@dataclass
class ScriptedSpeechToText:
    """``SpeechToText`` that hears words by their amplitude."""

    engines: ScriptedEngines
    model: str

    @property
    def most_together(self) -> int:
        """As the engines' ``most_together`` says."""
        return self.engines.most_together

    def load(self) -> None:
        """Only recorded; as with a real model, loading it once more does nothing."""
        self.engines.load_threads.append(threading.current_thread())
        if self.model in self.engines.loaded:
            return
        if self.engines.load_failure is not None:
            raise self.engines.load_failure
        with self.engines.changed:
            self.engines.loaded.add(self.model)
            self.engines.changed.notify_all()

    def unload(self) -> None:
        """Only recorded."""
        self.engines.unload_threads.append(threading.current_thread())
        with self.engines.changed:
            self.engines.loaded.discard(self.model)
            self.engines.changed.notify_all()

    def open_utterance(self, options: DecodingOptions) -> "ScriptedDecoder":
        """A decoder in a language that the model writes."""
        if self.model not in self.engines.loaded:
            raise SpeechToTextError(f"The model {self.model} is used before it was loaded.")
        code = self.engines.language_code(self.engines.engine, self.model, options.language)
        if options.task is TranscriptionTask.TRANSLATE:
            self.engines.check_translation(self.engines.engine, self.model)
        return ScriptedDecoder(self.engines, self.model, code, options.task)

    def decode_together(
        self, growing: Sequence[tuple[UtteranceDecoder, AudioSamples]]
    ) -> list[Transcription | SpeechToTextError]:
        """What each decoder hears; recorded in ``together``."""
        self.engines.together.append(len(growing))
        return decode_each(growing)


@dataclass
class ScriptedDecoder:
    """``UtteranceDecoder`` that finds runs of equal amplitude."""

    engines: ScriptedEngines
    model: str
    language: str | None
    task: TranscriptionTask = TranscriptionTask.TRANSCRIBE

    def decode(self, audio: AudioSamples, *, final: bool) -> Transcription:
        """The words whose runs are in the audio, with their exact places when it is the final text."""
        call = DecodeCall(
            model=self.model,
            samples=audio.size,
            final=final,
            language=self.language,
            thread=threading.current_thread(),
            task=self.task,
        )
        self.engines.calls.append(call)
        if self.engines.failure is not None:
            raise self.engines.failure
        if audio.size > _LONGEST_SAMPLES:
            raise SpeechToTextError(f"At most 30 s are heard at once; the utterance has {audio.size} samples.")
        words = heard_words(audio)
        return Transcription(
            text=" ".join(word.text for word in words),
            words=words if final else (),
            language=self.language or "en",
            average_log_probability=float(np.log(_PROBABILITY)),
            no_speech_probability=0.0 if words else 1.0,
            confidence=_PROBABILITY,
        )


def heard_words(audio: AudioSamples) -> tuple[Word, ...]:
    """The words that the audio says, with their exact places; what ``spoken`` made and what is like it."""
    numbers = np.rint(audio * 1000).astype(np.int64)
    borders = np.flatnonzero(np.diff(numbers)) + 1
    starts = np.concatenate([[0], borders])
    ends = np.concatenate([borders, [numbers.size]])
    return tuple(
        Word(
            text=word_text(int(numbers[start])),
            start_sample=int(start),
            end_sample=int(end),
            probability=_PROBABILITY,
        )
        for start, end in zip(starts, ends, strict=True)
        if end - start >= _SHORTEST_WORD_SAMPLES and 1 <= numbers[start] <= _LAST_WORD
    )
