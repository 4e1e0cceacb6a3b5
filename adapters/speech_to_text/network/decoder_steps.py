"""Defines what a decoder's arithmetic must offer, whether it is computed on the processor or on MLX's device."""

from collections.abc import Sequence
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from realtime_mlx_stt.adapters.speech_to_text.network.token_rules import TokenRules

__all__ = ["Choice", "DecoderArithmetic", "DecoderSteps", "Features", "Floats", "Hidden", "KeyValue"]

Floats = npt.NDArray[np.float32]
"""Arrays that are computed on the processor."""

Hidden = Any
"""Hidden states, shape ``(tokens, state)``: NumPy's array or MLX's, depending on the steps that made it."""

Features = Any
"""What the encoder makes of audio, shape ``(1, positions, state)``: NumPy's array or MLX's."""

KeyValue = tuple[Any, Any]
"""Keys and values of the audio for one layer: ``(1, heads, size, positions)`` and ``(1, heads, positions,
size)``; NumPy's arrays or MLX's.
"""

Choice = tuple[int, float]
"""The likeliest token and its log-probability."""


class DecoderSteps(Protocol):
    """The decoder over one stretch of audio.

    Keys and values of the tokens are written into memory that has room for the whole context, at the place
    ``start`` of the tokens; what lies behind the last token does not count.
    """

    def feed(self, tokens: Sequence[int], start: int) -> tuple[Hidden, list[Any]]:
        """The hidden states, and for each token the scores of the alignment heads, shape ``(heads, positions)``."""
        ...

    def logits(self, hidden: Sequence[Hidden]) -> Floats:
        """The logits of the token that follows each hidden state, shape ``(tokens, vocabulary)``."""
        ...

    def go_on(self, token: int, start: int, rules: TokenRules, most: int) -> tuple[list[Choice], list[Any]]:
        """Feed ``token``, and then each likeliest token until the end of the text comes or ``most`` are chosen.

        It may stop before, but chooses one token at least. With the choices come the scores of the alignment heads
        for all tokens that were fed: ``token`` and all choices but the last.
        """
        ...

    def fork(self, length: int) -> Self:
        """Independent steps over the same audio that were fed the same first ``length`` tokens."""
        ...


class DecoderArithmetic(Protocol):
    """A model's decoder, ready to be run over audio."""

    def audio(self, features: Features) -> list[KeyValue]:
        """The keys and values that each layer attends to, for the encoder's features."""
        ...

    def steps(self, cross: Sequence[KeyValue], counts: Floats) -> DecoderSteps:
        """Steps over the audio with the keys and values ``cross``; positions count as often as ``counts`` says."""
        ...
