"""Decides which tokens a transcript may hold, and chooses among them."""

import copy
from collections.abc import Sequence
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

__all__ = ["TokenRules", "log_softmax"]

_MOST_PROMPT_TOKENS: Final = 223
"""The most tokens of a prompt: half of the 448 tokens of the decoder's context, less one, as in OpenAI's reference
implementation.
"""

_Floats = npt.NDArray[np.float32]


class TokenRules:
    """Rules for one language: no time stamps, sound effects or speaker tags, and not only a blank.

    ``prompt`` is what every transcript begins with, ``end`` the token after its last. ``start_index`` says where in
    the prompt the transcript starts; there the model tells whether anybody speaks.
    """

    def __init__(self, tokenizer: Any, vocabulary: int) -> None:
        self._tokenizer = tokenizer
        self.end = int(tokenizer.eot)
        self.prompt = [int(token) for token in tokenizer.sot_sequence_including_notimestamps]
        self.start_index = 0
        self.no_speech = int(tokenizer.no_speech)
        later = np.zeros(vocabulary, dtype=np.float32)
        later[[*tokenizer.non_speech_tokens]] = -np.inf
        later[self.end + 1 :] = -np.inf
        first = later.copy()
        first[[*tokenizer.encode(" "), self.end]] = -np.inf
        self._penalties = {True: first, False: later}

    def after(self, text: str) -> Self:
        """The same rules for a transcript that follows ``text``, or in which its names may occur.

        What is too long for the model's context is cut off at its beginning.
        """
        if not text.strip():
            return self
        before = self._tokenizer.encode(f" {text.strip()}")[-_MOST_PROMPT_TOKENS:]
        rules = copy.copy(self)
        rules.prompt = [int(self._tokenizer.sot_prev), *map(int, before), *self.prompt]
        rules.start_index = 1 + len(before)
        return rules

    def going_on(self, settled: Sequence[int]) -> Self:
        """The same rules for the rest of a transcript whose beginning is ``settled``; it may end right there."""
        if not settled:
            return self
        rules = copy.copy(self)
        rules.prompt = [*self.prompt, *settled]
        rules._penalties = {True: self._penalties[False], False: self._penalties[False]}
        return rules

    def penalties(self, *, is_first: bool) -> _Floats:
        """What is added to the logits of the vocabulary: nothing for allowed tokens, minus infinity for others."""
        return self._penalties[is_first]

    def text(self, tokens: Sequence[int]) -> str:
        """The text of the tokens."""
        return str(self._tokenizer.decode([*tokens])).strip()

    def likeliest(self, logits: _Floats, *, is_first: bool) -> tuple[int, float]:
        """The likeliest allowed token and its log-probability."""
        scores = logits + self._penalties[is_first]
        token = int(scores.argmax())
        return token, -float(np.log(np.exp(scores - scores[token]).sum()))

    def drawn(
        self, logits: _Floats, *, is_first: bool, temperature: float, chance: np.random.Generator
    ) -> tuple[int, float]:
        """An allowed token drawn by the probabilities at that temperature, and its log-probability at 1.

        The token with the largest scaled score, after noise of Gumbel's distribution is added to each, is such a
        draw.
        """
        scores = logits + self._penalties[is_first]
        token = int((scores / temperature + chance.gumbel(size=scores.size)).argmax())
        return token, float(log_softmax(scores)[token])


def log_softmax(logits: _Floats) -> _Floats:
    """The logarithm of the softmax over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    scores: _Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return scores
