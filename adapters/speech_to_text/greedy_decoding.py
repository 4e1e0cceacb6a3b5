"""Greedy decoding: the likeliest token each time, checked against a draft in one pass where there is one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime_mlx_stt.adapters.speech_to_text.text_decoder import TextDecoder

__all__ = ["DecodedText", "TokenRules", "decode_greedily"]

_Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedText:
    """The tokens of a text; ``log_probabilities`` has one more where the end of the text is reached."""

    tokens: tuple[int, ...]
    log_probabilities: tuple[float, ...]
    no_speech_probability: float

    @property
    def is_complete(self) -> bool:
        """Whether the model said that the text ends here, rather than being stopped."""
        return len(self.log_probabilities) > len(self.tokens)

    @property
    def average_log_probability(self) -> float:
        """Per token, the end of the text among them."""
        return float(np.mean(self.log_probabilities)) if self.log_probabilities else 0.0


class TokenRules:
    """Which tokens a text may hold: no time stamps, no sound effects or speaker tags; and not only a blank."""

    def __init__(self, tokenizer: Any, vocabulary: int) -> None:
        self.end = int(tokenizer.eot)
        self.prompt = [int(token) for token in tokenizer.sot_sequence_including_notimestamps]
        self._no_speech = int(tokenizer.no_speech)
        self._later = np.zeros(vocabulary, dtype=np.float32)
        self._later[[*tokenizer.non_speech_tokens]] = -np.inf
        self._later[self.end + 1 :] = -np.inf
        self._first = self._later.copy()
        self._first[[*tokenizer.encode(" "), self.end]] = -np.inf

    def no_speech_probability(self, first_logits: _Floats) -> float:
        """From the logits of what follows the start of the transcript."""
        return float(np.exp(_log_softmax(first_logits)[self._no_speech]))

    def likeliest(self, logits: _Floats, *, is_first: bool) -> tuple[int, float]:
        """The likeliest allowed token and its log-probability."""
        scores = _log_softmax(logits + (self._first if is_first else self._later))
        token = int(scores.argmax())
        return token, float(scores[token])


def decode_greedily(decoder: TextDecoder, rules: TokenRules, *, draft: Sequence[int], longest: int) -> DecodedText:
    """The text that greedy decoding gives, at most ``longest`` tokens; a good draft only makes it faster."""
    draft = list(draft[:longest])
    rows = decoder.feed([*rules.prompt, *draft])
    no_speech_probability = rules.no_speech_probability(rows[0])
    tokens: list[int] = []
    log_probabilities: list[float] = []
    ahead = list(rows[len(rules.prompt) - 1 :])
    while len(tokens) < longest:
        logits = ahead.pop(0) if ahead else decoder.feed(tokens[-1:])[-1]
        token, log_probability = rules.likeliest(logits, is_first=not tokens)
        log_probabilities.append(log_probability)
        if token == rules.end:
            break
        if ahead and token != draft[len(tokens)]:
            ahead.clear()
            decoder.take_back(len(rules.prompt) + len(tokens))
        tokens.append(token)
    decoder.take_back(len(rules.prompt) + len(tokens))
    return DecodedText(
        tokens=tuple(tokens),
        log_probabilities=tuple(log_probabilities),
        no_speech_probability=no_speech_probability,
    )


def _log_softmax(logits: _Floats) -> _Floats:
    shifted = logits - logits.max()
    scores: _Floats = shifted - np.log(np.exp(shifted).sum())
    return scores
