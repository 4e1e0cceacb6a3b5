"""Decodes greedily: the likeliest token each time, after as much of a draft as is right.

All of the draft is fed and checked at once. The result is what choosing every token by itself would give.
"""

from collections.abc import Sequence

import numpy as np

from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import Choice
from realtime_mlx_stt.adapters.speech_to_text.network.token_rules import TokenRules, log_softmax
from realtime_mlx_stt.adapters.speech_to_text.search.beam_search import decode_by_beams
from realtime_mlx_stt.adapters.speech_to_text.search.decoded_text import DecodedText
from realtime_mlx_stt.adapters.speech_to_text.search.text_decoder import TextDecoder

__all__ = ["decode_greedily", "decode_text"]


def decode_text(
    decoder: TextDecoder, rules: TokenRules, *, draft: Sequence[int] = (), longest: int, beam_size: int = 1
) -> DecodedText:
    """The likeliest text: greedily for a ``beam_size`` of 1, else by a beam search, without the draft."""
    if beam_size > 1:
        return decode_by_beams(decoder, rules, longest=longest, beam_size=beam_size)
    return decode_greedily(decoder, rules, draft=draft, longest=longest)


def decode_greedily(
    decoder: TextDecoder, rules: TokenRules, *, draft: Sequence[int] = (), longest: int
) -> DecodedText:
    """The text that greedy decoding gives, at most ``longest`` tokens; a good draft only makes it faster.

    ``decoder`` must not have been fed yet; afterwards it has been fed the prompt and the text, no more.
    """
    search = _Search(decoder, rules, min(longest, decoder.room_behind(rules.prompt)))
    no_speech_probability = search.begin(list(draft))
    while not search.is_over:
        search.advance()
    search.finish()
    return DecodedText(
        tokens=tuple(search.tokens),
        log_probabilities=tuple(search.log_probabilities),
        no_speech_probability=no_speech_probability,
    )


class _Search:
    """A text while it is found: ``tokens`` are certain, and the decoder has been fed all but the last."""

    def __init__(self, decoder: TextDecoder, rules: TokenRules, longest: int) -> None:
        self._decoder = decoder
        self._rules = rules
        self._longest = longest
        self.tokens: list[int] = []
        self.log_probabilities: list[float] = []
        self.is_over = False

    def begin(self, draft: list[int]) -> float:
        """Find the first token, and accept the draft as far as it is right; returns the no-speech probability."""
        prompt, start, draft = self._rules.prompt, self._rules.start_index, draft[: self._longest]
        hidden = self._decoder.feed([*prompt, *draft])
        rows = self._decoder.logits(hidden[start : start + 1], hidden[len(prompt) - 1 :])
        right = 0
        for guess, logits in zip([*draft, None], rows[1:], strict=True):
            choice = self._rules.likeliest(logits, is_first=not self.tokens)
            self._accept(choice)
            right += choice[0] == guess != self._rules.end
            if self.is_over or choice[0] != guess:
                break
        self._decoder.take_back(len(prompt) + right)
        return float(np.exp(log_softmax(rows[0])[self._rules.no_speech]))

    def advance(self) -> None:
        """Find one more token at least."""
        for choice in self._decoder.go_on(self.tokens[-1], self._rules, most=self._longest - len(self.tokens)):
            self._accept(choice)

    def finish(self) -> None:
        """Feed the last token, if that has not been done."""
        unfed = [*self._rules.prompt, *self.tokens][self._decoder.length :]
        if unfed:
            self._decoder.feed(unfed)

    def _accept(self, choice: Choice) -> None:
        token, log_probability = choice
        self.log_probabilities.append(log_probability)
        if token != self._rules.end:
            self.tokens.append(token)
        self.is_over = token == self._rules.end or len(self.tokens) == self._longest
