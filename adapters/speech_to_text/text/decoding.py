"""Decodes one stretch of audio once: its language, its tokens, and the text with its scores and words."""

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from realtime_mlx_stt.adapters.speech_to_text.encoding.hearing_window import SAMPLES_PER_POSITION
from realtime_mlx_stt.adapters.speech_to_text.network.token_rules import TokenRules
from realtime_mlx_stt.adapters.speech_to_text.network.whisper_model import WhisperModel
from realtime_mlx_stt.adapters.speech_to_text.search.decoded_text import DecodedText
from realtime_mlx_stt.adapters.speech_to_text.search.greedy_decoding import decode_text
from realtime_mlx_stt.adapters.speech_to_text.search.temperature_fallback import decode_with_fallback
from realtime_mlx_stt.adapters.speech_to_text.search.text_decoder import TextDecoder
from realtime_mlx_stt.adapters.speech_to_text.text.languages import likeliest_language
from realtime_mlx_stt.adapters.speech_to_text.text.unwritten_rest import TranscribedAudio
from realtime_mlx_stt.adapters.speech_to_text.text.word_alignment import SpokenWord, align_words, token_starts
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.transcription import (
    DecodingOptions,
    Transcription,
    TranscriptionTask,
    Word,
    compression_ratio,
)

__all__ = ["Decoding", "RulesOf"]

_FASTEST_TOKENS_PER_SECOND: Final = 12
_LEAST_TOKENS: Final = 16
"""The most tokens of a text, besides those above for each second, in a window that is computed in part."""

RulesOf = Callable[[str, TranscriptionTask], TokenRules]
"""The token rules of a language that is transcribed or translated."""


class Decoding:
    """Decodes the audio that ``decoder`` attends to; ``samples`` is its length."""

    def __init__(
        self, model: WhisperModel, rules: RulesOf, decoder: TextDecoder, options: DecodingOptions, samples: int
    ) -> None:
        self._model = model
        self._decoder = decoder
        self._samples = samples
        self._beam_size = options.beam_size
        self.language = options.language or self._detected_language()
        self._rules = rules(self.language, options.task).after(options.prompt)
        self._tokenizer = model.tokenizer(self.language, options.task)
        self._longest = int(model.network.dims.n_text_ctx) // 2

    @property
    def rules(self) -> TokenRules:
        """The token rules for the text."""
        return self._rules

    def decode(self, draft: Sequence[int]) -> DecodedText:
        """The likeliest text, cut off where it becomes longer than anybody speaks in that time."""
        return decode_text(
            self._decoder, self._rules, draft=draft, longest=self._plausible, beam_size=self._beam_size
        )

    def decode_behind(self, settled: Sequence[int], draft: Sequence[int]) -> DecodedText:
        """The likeliest tokens behind ``settled``, which are taken to be right."""
        longest = max(1, self._plausible - len(settled))
        return decode_text(self._decoder, self._rules.going_on(settled), draft=draft, longest=longest)

    def decode_with_fallback(self, draft: Sequence[int]) -> DecodedText:
        """The text where all of the window was computed, decoded again if it is probably wrong."""
        return decode_with_fallback(
            self._decoder, self._rules, draft=draft, longest=self._longest, beam_size=self._beam_size
        )

    def starts(self, decoded: DecodedText, known: Sequence[float] = ()) -> list[float]:
        """The position where each token begins, and last the one where the text ends.

        ``known`` holds those of the first tokens, and last that of the one behind them; only the others are looked
        for.
        """
        first, begin = (len(known) - 1, int(known[-1])) if known else (0, 0)
        positions = -(-self._samples // SAMPLES_PER_POSITION)
        attention = self._decoder.attention(len(decoded.tokens) - first + 1, positions)[..., begin:]
        return [*known[:-1], *(begin + start for start in token_starts(attention))]

    def result(self, decoded: DecodedText, starts: Sequence[float] = ()) -> TranscribedAudio:
        """The text with its scores, and with its words if ``starts`` are given."""
        text = self._rules.text(decoded.tokens)
        average = decoded.average_log_probability
        transcription = Transcription(
            text=text,
            words=self._words(decoded, starts) if starts and decoded.tokens else (),
            language=self.language,
            average_log_probability=average,
            no_speech_probability=decoded.no_speech_probability,
            compression_ratio=compression_ratio(text),
            confidence=math.exp(average),
        )
        return TranscribedAudio(transcription=transcription, tokens=decoded.tokens)

    @property
    def _plausible(self) -> int:
        spoken = math.ceil(samples_to_seconds(self._samples) * _FASTEST_TOKENS_PER_SECOND)
        return min(spoken + _LEAST_TOKENS, self._longest)

    def _words(self, decoded: DecodedText, starts: Sequence[float]) -> tuple[Word, ...]:
        probabilities = np.exp(decoded.log_probabilities[: len(decoded.tokens)]).tolist()
        spoken = align_words(self._tokenizer, decoded.tokens, starts, probabilities)
        return tuple(_word(word, self._samples) for word in spoken)

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
