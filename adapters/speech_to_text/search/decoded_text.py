"""What a search found: the tokens of a text, and how probable they are."""

from dataclasses import dataclass

import numpy as np

__all__ = ["DecodedText"]


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
