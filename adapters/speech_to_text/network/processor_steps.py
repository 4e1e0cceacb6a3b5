"""Runs the decoder on the processor, with NumPy in the memory of MLX's weights.

A step for one token is limited by memory: NumPy multiplies a matrix by one vector six times as fast as MLX, which
arranges the matrix anew for each product. Scoring the whole vocabulary takes longer than the rest of two steps. So
the next tokens are guessed by the scores of the commonest tokens alone, and the rest of the vocabulary is scored
for several guesses at once. The tokens chosen are those that scoring every token in every step would choose.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import Choice, Features, Floats, KeyValue
from realtime_mlx_stt.adapters.speech_to_text.network.processor_decoder import (
    COMMON_TOKENS,
    ProcessorDecoder,
    TokensOfText,
    new_memory,
)
from realtime_mlx_stt.adapters.speech_to_text.network.token_rules import TokenRules

__all__ = ["ProcessorArithmetic", "ProcessorSteps"]

_SURE: Final = 0.5
"""A guess with a lower probability among the common tokens is checked before going on from it. Over the same clips
one in four was wrong where the probability was 0.5 to 0.6, and half where it was 0.4 to 0.5.
"""


class ProcessorArithmetic:
    """A ``DecoderArithmetic`` for float32 weights."""

    def __init__(self, decoder: ProcessorDecoder) -> None:
        self._decoder = decoder

    def audio(self, features: Features) -> list[KeyValue]:
        """The keys and values of the features."""
        return self._decoder.audio(features)

    def steps(self, cross: Sequence[KeyValue], counts: Floats) -> "ProcessorSteps":
        """Steps over the audio whose keys and values are ``cross``."""
        audio = [(np.asarray(key)[0], np.asarray(value)[0]) for key, value in cross]
        return ProcessorSteps(self._decoder, audio, np.log(counts))


@dataclass(frozen=True, slots=True)
class _Guess:
    """The likeliest of the common tokens, its logit, and the logarithm of the sum of all their exponentials."""

    token: int
    logit: float
    total: float


class ProcessorSteps:
    """``DecoderSteps`` computed by NumPy."""

    def __init__(self, decoder: ProcessorDecoder, audio: list[KeyValue], audio_bias: Floats) -> None:
        self._decoder = decoder
        self._audio = audio
        self._audio_bias = audio_bias
        self._own = new_memory(decoder.weights)

    def feed(self, tokens: Sequence[int], start: int) -> tuple[Floats, list[Floats]]:
        """The hidden states, and the scores of the alignment heads for each token."""
        return self._decoder.feed(TokensOfText(tokens, start, self._own, self._audio, self._audio_bias))

    def logits(self, hidden: Sequence[Floats]) -> Floats:
        """The logits of the token that follows each hidden state."""
        return self._decoder.score(np.concatenate(hidden))

    def go_on(self, token: int, start: int, rules: TokenRules, most: int) -> tuple[list[Choice], list[Floats]]:
        """Guess up to the end of the text, or up to a guess that is not sure, and check all guesses."""
        guesses: list[_Guess] = []
        hidden, attention = [], []
        while True:
            state, scores = self.feed([token], start + len(guesses))
            hidden.append(state)
            attention += scores
            guess = self._guess(state, rules)
            guesses.append(guess)
            token = guess.token
            is_sure = guess.logit - guess.total > math.log(_SURE)
            if token == rules.end or not is_sure or len(guesses) == most:
                break
        choices = self._checked(guesses, np.concatenate(hidden), rules)
        return choices, attention[: len(choices)]

    def fork(self, length: int) -> Self:
        """Independent steps that were fed the same first ``length`` tokens."""
        other = type(self)(self._decoder, self._audio, self._audio_bias)
        other._own[:, :, :length] = self._own[:, :, :length]
        return other

    def _guess(self, hidden: Floats, rules: TokenRules) -> _Guess:
        logits = self._decoder.score_common(hidden)[0]
        logits += rules.penalties(is_first=False)[:COMMON_TOKENS]
        token, end_logit = int(logits.argmax()), self._end_logit(hidden, rules)
        logit = float(logits[token])
        total = float(np.logaddexp(_log_sum(logits, logit), end_logit))
        return _Guess(token, logit, total) if logit >= end_logit else _Guess(rules.end, end_logit, total)

    def _end_logit(self, hidden: Floats, rules: TokenRules) -> float:
        return float(self._decoder.weights.token_embedding[rules.end] @ hidden[0])

    def _checked(self, guesses: list[_Guess], hidden: Floats, rules: TokenRules) -> list[Choice]:
        """The likeliest of all tokens in place of each guess, up to and including the first that was wrong."""
        rest = slice(COMMON_TOKENS, rules.end)
        rows = self._decoder.score_rarer(hidden)[:, : rules.end - COMMON_TOKENS]
        rows += rules.penalties(is_first=False)[rest]
        choices: list[Choice] = []
        for guess, logits in zip(guesses, rows, strict=True):
            best = int(logits.argmax())
            logit = float(logits[best])
            total = float(np.logaddexp(_log_sum(logits, logit), guess.total))
            if guess.logit < logit:
                choices.append((COMMON_TOKENS + best, logit - total))
                break
            choices.append((guess.token, guess.logit - total))
        return choices


def _log_sum(logits: Floats, most: float) -> float:
    """The logarithm of the sum of the exponentials; ``most`` is the largest logit."""
    return most + math.log(float(np.add.reduce(np.exp(logits - np.float32(most)))))
