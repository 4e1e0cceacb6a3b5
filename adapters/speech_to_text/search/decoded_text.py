"""Holds what a search found: the tokens of a text, and how probable they are."""

from dataclasses import dataclass

import numpy as np

__all__ = ["DecodedText"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedText:
    """The tokens of a text; ``log_probabilities`` has one more if the text has ended."""

    tokens: tuple[int, ...]
    log_probabilities: tuple[float, ...]
    no_speech_probability: float
    temperature: float = 0.0

    @property
    def is_complete(self) -> bool:
        """Whether the model ended the text itself, instead of being stopped."""
        return len(self.log_probabilities) > len(self.tokens)

    @property
    def average_log_probability(self) -> float:
        """The average over the tokens, the end of the text included."""
        return float(np.mean(self.log_probabilities)) if self.log_probabilities else 0.0
