"""Greedy decoding: the likeliest token each time, found by guessing some tokens ahead and checking them at once.

To score the whole vocabulary takes longer than all the rest of a step, and hardly longer for many steps at once. So
the next tokens are guessed, first by a draft and then by the scores of the commonest tokens alone, and the
guesses are checked together. What is returned is what scoring every token in every step would have given.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import mlx.core as mx
import numpy as np
import numpy.typing as npt

from realtime_mlx_stt.adapters.speech_to_text.text_decoder import TextDecoder
from realtime_mlx_stt.adapters.speech_to_text.token_rules import TokenRules, log_softmax

__all__ = ["DecodedText", "decode_greedily", "decode_text"]

_SURE: Final = math.log(0.6)
"""A guess that is less probable among the common tokens is checked before going on from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedText:
    """The tokens of a text; ``log_probabilities`` has one more where the end of the text is reached."""

    tokens: tuple[int, ...]
    log_probabilities: tuple[float, ...]
    no_speech_probability: float
    temperature: float = 0.0

    @property
    def is_complete(self) -> bool:
        """Whether the model said that the text ends here, rather than being stopped."""
        return len(self.log_probabilities) > len(self.tokens)

    @property
    def average_log_probability(self) -> float:
        """Per token, the end of the text among them."""
        return float(np.mean(self.log_probabilities)) if self.log_probabilities else 0.0


def decode_text(
    decoder: TextDecoder, rules: TokenRules, *, draft: Sequence[int] = (), longest: int, beam_size: int = 1
) -> DecodedText:
    """The likeliest text: by a beam search of ``beam_size``, or greedily for a size of 1."""
    return decode_greedily(decoder, rules, draft=draft, longest=longest)


def decode_greedily(decoder: TextDecoder, rules: TokenRules, *, draft: Sequence[int], longest: int) -> DecodedText:
    """The text that greedy decoding gives, at most ``longest`` tokens; a good draft only makes it faster.

    ``decoder`` must not have been fed yet; afterwards it has been fed the prompt and the text, no more.
    """
    search = _Search(decoder, rules, longest)
    no_speech_probability = search.begin(list(draft[:longest]))
    while not search.is_over:
        search.advance()
    return DecodedText(
        tokens=tuple(search.tokens),
        log_probabilities=tuple(search.log_probabilities),
        no_speech_probability=no_speech_probability,
    )


class _Search:
    """``tokens`` are sure, and the decoder has been fed all of them; ``_hidden`` is what it made of the last."""

    def __init__(self, decoder: TextDecoder, rules: TokenRules, longest: int) -> None:
        self._decoder = decoder
        self._rules = rules
        self._longest = longest
        self._hidden = mx.zeros(0)
        self.tokens: list[int] = []
        self.log_probabilities: list[float] = []
        self.is_over = False

    def begin(self, draft: list[int]) -> float:
        """Find the first token, and all of the draft that is right; returns the no-speech probability."""
        prompt, start = self._rules.prompt, self._rules.start_index
        hidden = self._decoder.feed([*prompt, *draft])
        rows = self._decoder.logits(mx.concatenate([hidden[start : start + 1], hidden[len(prompt) - 1 :]]))
        self._accept(draft, rows[1:])
        return float(np.exp(log_softmax(rows[0])[self._rules.no_speech]))

    def advance(self) -> None:
        """Find one more token at least."""
        guesses, hidden = self._guess()
        self._accept(guesses, self._decoder.logits(mx.concatenate(hidden)))

    def _guess(self) -> tuple[list[int], list[mx.array]]:
        """Guesses up to the end of the text or one that is not sure, and the hidden states before each of them."""
        guesses: list[int] = []
        hidden = [self._hidden]
        while len(self.tokens) + len(guesses) < self._longest:
            token, log_probability = self._rules.likeliest_common(self._decoder.common_logits(hidden[-1])[0])
            guesses.append(token)
            if token == self._rules.end or log_probability < _SURE:
                break
            hidden.append(self._decoder.feed([token]))
        return guesses, hidden

    def _accept(self, guesses: list[int], rows: npt.NDArray[np.float32]) -> None:
        """Take the likeliest token of each row of logits, for as long as the guesses that led to it are right."""
        for guess, logits in zip([*guesses, None], rows, strict=False):
            token, log_probability = self._rules.likeliest(logits, is_first=not self.tokens)
            self.log_probabilities.append(log_probability)
            if token == self._rules.end:
                self.is_over = True
                self._decoder.take_back(len(self._rules.prompt) + len(self.tokens))
                return
            self.tokens.append(token)
            self.is_over = len(self.tokens) == self._longest
            if self.is_over or token != guess:
                break
        self._decoder.take_back(len(self._rules.prompt) + len(self.tokens) - 1)
        self._hidden = self._decoder.feed(self.tokens[-1:])
