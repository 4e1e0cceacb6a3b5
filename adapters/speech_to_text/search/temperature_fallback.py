"""Decodes a text that is probably wrong again, with random sampling, as OpenAI's reference implementation does."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from realtime_mlx_stt.adapters.speech_to_text.network.token_rules import TokenRules, log_softmax
from realtime_mlx_stt.adapters.speech_to_text.search.decoded_text import DecodedText
from realtime_mlx_stt.adapters.speech_to_text.search.greedy_decoding import decode_text
from realtime_mlx_stt.adapters.speech_to_text.search.reference_thresholds import (
    LEAST_LOG_PROBABILITY,
    MOST_COMPRESSION,
    MOST_NO_SPEECH_PROBABILITY,
)
from realtime_mlx_stt.adapters.speech_to_text.search.text_decoder import TextDecoder
from realtime_mlx_stt.domain.transcription import compression_ratio

__all__ = ["decode_with_fallback", "needs_fallback"]

_TEMPERATURES: Final = (0.2, 0.4, 0.6, 0.8, 1.0)
"""The temperatures that the reference tries after 0."""


def decode_with_fallback(
    decoder: TextDecoder, rules: TokenRules, *, draft: Sequence[int] = (), longest: int, beam_size: int = 1
) -> DecodedText:
    """The first text that needs no further attempt; if all do, the likeliest, at temperature 0.

    The reference would then return the last, which invents sentences for a tone. ``decoder`` must not have been fed
    yet; afterwards it has been fed the prompt and the text, no more. The random draws depend only on the text that
    they are to replace, so that the same audio always gives the same text. A good ``draft`` of the likeliest text
    only makes it faster.
    """
    likeliest = decode_text(decoder, rules, draft=draft, longest=longest, beam_size=beam_size)
    text = likeliest
    for temperature in _TEMPERATURES:
        if not needs_fallback(text, rules.text(text.tokens)):
            return text
        decoder.take_back(0)
        chance = np.random.default_rng(likeliest.tokens)
        text = _sampled(decoder, rules, longest, temperature, chance)
    if not needs_fallback(text, rules.text(text.tokens)):
        return text
    decoder.take_back(0)
    return decode_text(decoder, rules, draft=likeliest.tokens, longest=longest, beam_size=beam_size)


def needs_fallback(decoded: DecodedText, text: str) -> bool:
    """Whether a text repeats itself, or is improbable although there is not only silence."""
    is_improbable = decoded.average_log_probability < LEAST_LOG_PROBABILITY
    is_silence = decoded.no_speech_probability > MOST_NO_SPEECH_PROBABILITY and is_improbable
    return (is_improbable or compression_ratio(text) > MOST_COMPRESSION) and not is_silence


def _sampled(
    decoder: TextDecoder, rules: TokenRules, longest: int, temperature: float, chance: np.random.Generator
) -> DecodedText:
    hidden = decoder.feed(rules.prompt)
    rows = decoder.logits(hidden[rules.start_index :][:1], hidden[-1:])
    no_speech_probability = float(np.exp(log_softmax(rows[0])[rules.no_speech]))
    tokens: list[int] = []
    log_probabilities: list[float] = []
    longest = min(longest, decoder.room_behind(rules.prompt))
    while len(tokens) < longest:
        token, log_probability = rules.drawn(rows[-1], is_first=not tokens, temperature=temperature, chance=chance)
        log_probabilities.append(log_probability)
        if token == rules.end:
            break
        tokens.append(token)
        rows = decoder.logits(decoder.feed([token]))
    return DecodedText(
        tokens=tuple(tokens),
        log_probabilities=tuple(log_probabilities),
        no_speech_probability=no_speech_probability,
        temperature=temperature,
    )
