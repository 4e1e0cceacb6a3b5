"""Feeds tokens to the decoder over one stretch of audio, and returns the scores of what may follow each."""

from collections.abc import Sequence
from typing import Any

import mlx.core as mx
import numpy as np

from realtime_mlx_stt.adapters.speech_to_text.encoding.growing_window import GrowingWindow
from realtime_mlx_stt.adapters.speech_to_text.encoding.hearing_window import HearingWindow
from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import Choice, Floats, Hidden, KeyValue
from realtime_mlx_stt.adapters.speech_to_text.network.token_rules import TokenRules
from realtime_mlx_stt.adapters.speech_to_text.network.whisper_model import WhisperModel

__all__ = ["TextDecoder"]


class TextDecoder:
    """Remembers the tokens it was fed, so that each is computed once, and can take the last ones back."""

    def __init__(
        self, model: WhisperModel, cross: Sequence[KeyValue], window: HearingWindow | GrowingWindow
    ) -> None:
        self._steps = model.decoder.steps(cross, window.counts)
        self._first = window.first
        self._context = int(model.network.dims.n_text_ctx)
        self._attention: list[Any] = []

    @property
    def length(self) -> int:
        """How many tokens it has been fed and not taken back."""
        return len(self._attention)

    def room_behind(self, prompt: Sequence[int]) -> int:
        """How many tokens fit into the model's context behind those of ``prompt``."""
        return self._context - len(prompt)

    def take_back(self, length: int) -> None:
        """Forget all tokens but the first ``length``."""
        del self._attention[length:]

    def feed(self, tokens: Sequence[int]) -> Hidden:
        """The hidden state of each of ``tokens`` after feeding them, shape ``(tokens, state)``."""
        hidden, attention = self._steps.feed(tokens, self.length)
        self._attention += attention
        return hidden

    def logits(self, *hidden: Hidden) -> Floats:
        """The logits of what follows each of the hidden states, shape ``(tokens, vocabulary)``."""
        return self._steps.logits(hidden)

    def go_on(self, token: int, rules: TokenRules, *, most: int) -> list[Choice]:
        """Feed ``token`` and then what is chosen: each time the likeliest that may follow the first of a text.

        One token is chosen at least, ``most`` at most, and none after the end of the text. All but the last have
        been fed.
        """
        choices, attention = self._steps.go_on(token, self.length, rules, most)
        self._attention += attention
        return choices

    def attention(self, tokens: int, positions: int) -> Floats:
        """Scores of the alignment heads for the last ``tokens`` tokens, shape ``(heads, tokens, positions)``."""
        heard = slice(self._first, self._first + positions)
        rows = [_floats(scores)[:, heard] for scores in self._attention[-tokens:]]
        return np.stack(rows, axis=1)

    def fork(self) -> "TextDecoder":
        """Another decoder over the same audio that has been fed the same."""
        other = object.__new__(TextDecoder)
        other._steps = self._steps.fork(self.length)
        other._context = self._context
        other._first = self._first
        other._attention = [*self._attention]
        return other


def _floats(scores: Any) -> Floats:
    return np.array(scores.astype(mx.float32)) if isinstance(scores, mx.array) else scores
