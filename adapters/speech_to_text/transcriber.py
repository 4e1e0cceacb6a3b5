"""From the audio of one utterance to its text: window, language, greedy decoding, scores and word places."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from realtime_mlx_stt.adapters.speech_to_text.encoder import encode
from realtime_mlx_stt.adapters.speech_to_text.greedy_decoding import DecodedText, decode_greedily
from realtime_mlx_stt.adapters.speech_to_text.hearing_on import (
    TranscribedAudio,
    is_doubtful,
    joined,
    unwritten_from,
)
from realtime_mlx_stt.adapters.speech_to_text.hearing_window import (
    SAMPLES_PER_POSITION,
    HearingWindow,
    hearing_window,
)
from realtime_mlx_stt.adapters.speech_to_text.languages import likeliest_language
from realtime_mlx_stt.adapters.speech_to_text.text_decoder import TextDecoder
from realtime_mlx_stt.adapters.speech_to_text.token_rules import TokenRules
from realtime_mlx_stt.adapters.speech_to_text.whisper_model import WhisperModel
from realtime_mlx_stt.adapters.speech_to_text.word_alignment import SpokenWord, align_words
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ, samples_to_seconds
from realtime_mlx_stt.domain.rejection import longest_loop
from realtime_mlx_stt.domain.transcription import (
    DecodingOptions,
    Transcription,
    TranscriptionTask,
    Word,
    compression_ratio,
)
from realtime_mlx_stt.ports.audio_source import AudioSamples

__all__ = ["Transcriber"]

_FINAL_STRIDE: Final = 8
_PARTIAL_STRIDE: Final = 32
"""One in so many positions of the silence after the speech is computed."""

_FASTEST_TOKENS_PER_SECOND: Final = 12
_LEAST_TOKENS: Final = 16
_LOOP_REPETITIONS: Final = 3
"""What a text may not exceed; beyond it the whole window is computed."""

_MOST_RESTS: Final = 8
"""So often a text is gone on with; the sentences of 30 s are hardly more."""


class Transcriber:
    """One loaded model. For the thread that loaded it."""

    def __init__(self, model: WhisperModel) -> None:
        self._model = model
        self._rules: dict[tuple[str, TranscriptionTask], TokenRules] = {}

    @property
    def longest_samples(self) -> int:
        """What the model hears at once: 30 s."""
        return self._longest_positions * SAMPLES_PER_POSITION

    @property
    def is_multilingual(self) -> bool:
        """Whether the model writes other languages than English."""
        return self._model.is_multilingual

    def transcribe(
        self,
        audio: AudioSamples,
        options: DecodingOptions,
        *,
        draft: Sequence[int] = (),
        final: bool,
    ) -> TranscribedAudio:
        """The text of at most ``longest_samples``; ``draft`` is what it may turn out to be.

        A final text goes to the end of the audio, also where the model ends its own after one of the sentences.
        """
        heard = self._transcribe_once(audio, options, draft=draft, final=final)
        for _ in range(_MOST_RESTS if final else 0):
            at_sample = unwritten_from(heard.transcription, audio.size)
            if at_sample is None:
                break
            same = replace(options, language=heard.transcription.language)
            rest = self._transcribe_once(audio[at_sample:], same, draft=(), final=True)
            if is_doubtful(rest.transcription):
                break
            heard = joined(heard, rest, at_sample)
        return heard

    def _transcribe_once(
        self,
        audio: AudioSamples,
        options: DecodingOptions,
        *,
        draft: Sequence[int],
        final: bool,
    ) -> TranscribedAudio:
        if audio.size == 0:
            return TranscribedAudio(transcription=Transcription(text="", no_speech_probability=1.0), tokens=())
        decoding = self._decoding(audio, options, _FINAL_STRIDE if final else _PARTIAL_STRIDE)
        text = decoding.decode(draft, longest=min(_plausible_tokens(audio), self._longest_text))
        if not decoding.is_plausible(text):
            decoding = self._decoding(audio, options, stride=1)
            text = decoding.decode((), longest=self._longest_text)
        return decoding.result(text, with_words=final)

    def warm_up(self) -> None:
        """Do once what is slow the first time."""
        noise = np.random.default_rng(0).normal(0.0, 0.01, SAMPLE_RATE_HZ).astype(np.float32)
        for final in (False, True):
            self.transcribe(noise, DecodingOptions(language="en"), final=final)

    @property
    def _longest_positions(self) -> int:
        return int(self._model.network.dims.n_audio_ctx)

    @property
    def _longest_text(self) -> int:
        return int(self._model.network.dims.n_text_ctx) // 2

    def _decoding(self, audio: AudioSamples, options: DecodingOptions, stride: int) -> "_Decoding":
        window = hearing_window(audio.size, longest=self._longest_positions, stride=stride)
        return _Decoding(self, audio, options, window)

    def rules(self, language: str, task: TranscriptionTask) -> TokenRules:
        """The token rules of a language that is transcribed or translated."""
        key = (language, task)
        if key not in self._rules:
            tokenizer = self._model.tokenizer(language, task)
            self._rules[key] = TokenRules(tokenizer, int(self._model.network.dims.n_vocab))
        return self._rules[key]


class _Decoding:
    """One decoding of one audio in one window."""

    def __init__(
        self,
        transcriber: Transcriber,
        audio: AudioSamples,
        options: DecodingOptions,
        window: HearingWindow,
    ) -> None:
        self._model = transcriber._model
        self._audio = audio
        self._decoder = TextDecoder(self._model, encode(self._model, audio, window), window)
        self._language = options.language or self._detected_language()
        self._rules = transcriber.rules(self._language, options.task).after(options.prompt)
        self._tokenizer = self._model.tokenizer(self._language, options.task)

    def decode(self, draft: Sequence[int], longest: int) -> DecodedText:
        return decode_greedily(self._decoder, self._rules, draft=draft, longest=longest)

    def is_plausible(self, text: DecodedText) -> bool:
        return text.is_complete and longest_loop(self._tokenizer.decode(text.tokens)) < _LOOP_REPETITIONS

    def result(self, decoded: DecodedText, *, with_words: bool) -> TranscribedAudio:
        text = self._tokenizer.decode(decoded.tokens).strip()
        average = decoded.average_log_probability
        transcription = Transcription(
            text=text,
            words=self._words(decoded) if with_words and decoded.tokens else (),
            language=self._language,
            average_log_probability=average,
            no_speech_probability=decoded.no_speech_probability,
            compression_ratio=compression_ratio(text),
            confidence=math.exp(average),
        )
        return TranscribedAudio(transcription=transcription, tokens=decoded.tokens)

    def _words(self, decoded: DecodedText) -> tuple[Word, ...]:
        positions = -(-self._audio.size // SAMPLES_PER_POSITION)
        attention = self._decoder.attention(len(decoded.tokens) + 1, positions)
        probabilities = np.exp(decoded.log_probabilities[: len(decoded.tokens)]).tolist()
        spoken = align_words(self._tokenizer, decoded.tokens, attention, probabilities)
        return tuple(_word(word, self._audio.size) for word in spoken)

    def _detected_language(self) -> str:
        if not self._model.is_multilingual:
            return "en"
        tokenizer = self._model.tokenizer(None, TranscriptionTask.TRANSCRIBE)
        logits = self._decoder.logits(self._decoder.feed([int(tokenizer.sot)]))[0]
        self._decoder.take_back(0)
        return likeliest_language(logits, tokenizer)


def _word(spoken: SpokenWord, samples: int) -> Word:
    return Word(
        text=spoken.text,
        start_sample=min(round(spoken.start * SAMPLES_PER_POSITION), samples),
        end_sample=min(round(spoken.end * SAMPLES_PER_POSITION), samples),
        probability=spoken.probability,
    )


def _plausible_tokens(audio: AudioSamples) -> int:
    return math.ceil(samples_to_seconds(audio.size) * _FASTEST_TOKENS_PER_SECOND) + _LEAST_TOKENS
