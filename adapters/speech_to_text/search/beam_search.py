"""Follows several texts side by side, by beam search as in OpenAI's reference implementation.

Each step takes the likeliest continuations of all texts together. Of each text one more is looked at than there are
beams, since one may be its end. The search is over when as many texts have ended as there are beams (patience 1),
and the one with the largest average log-probability is taken (length normalisation). Unfinished texts count only
where fewer have ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import Floats, Hidden
from realtime_mlx_stt.adapters.speech_to_text.network.token_rules import TokenRules, log_softmax
from realtime_mlx_stt.adapters.speech_to_text.search.decoded_text import DecodedText
from realtime_mlx_stt.adapters.speech_to_text.search.text_decoder import TextDecoder

__all__ = ["decode_by_beams"]


@dataclass(frozen=True, slots=True)
class _Text:
    """A text in the search; ``scores`` are the log-probabilities of its tokens, and of its end if it has ended."""

    tokens: tuple[int, ...]
    scores: tuple[float, ...]

    @property
    def total(self) -> float:
        return sum(self.scores)

    @property
    def rank(self) -> float:
        """The average log-probability, divided as in the reference: by the tokens without the end."""
        return self.total / max(len(self.tokens), 1)


@dataclass(frozen=True, slots=True)
class _Beam:
    """A text, and a decoder that has been fed it; ``hidden`` is the hidden state of the last token."""

    text: _Text
    decoder: TextDecoder
    hidden: Hidden


def decode_by_beams(decoder: TextDecoder, rules: TokenRules, *, longest: int, beam_size: int) -> DecodedText:
    """The text that a search with ``beam_size`` beams finds, at most ``longest`` tokens.

    ``decoder`` must not have been fed yet; afterwards it has been fed the prompt and the text, no more.
    """
    hidden = decoder.feed(rules.prompt)
    start_row = decoder.logits(hidden[rules.start_index :][:1])[0]
    beams = [_Beam(_Text((), ()), decoder.fork(), hidden[-1:])]
    finished: list[_Text] = []
    for _ in range(min(longest, decoder.room_behind(rules.prompt))):
        ended, kept = _continuations(beams, rules, beam_size)
        finished += ended[: beam_size - len(finished)]
        if len(finished) == beam_size:
            break
        beams = _followed(beams, kept)
    unfinished = sorted((beam.text for beam in beams), key=lambda text: text.total, reverse=True)
    best = max([*finished, *unfinished[: beam_size - len(finished)]], key=lambda text: text.rank)
    if best.tokens:
        decoder.feed(best.tokens)
    return DecodedText(
        tokens=best.tokens,
        log_probabilities=best.scores,
        no_speech_probability=float(np.exp(log_softmax(start_row)[rules.no_speech])),
    )


def _continuations(
    beams: Sequence[_Beam], rules: TokenRules, beam_size: int
) -> tuple[list[_Text], list[tuple[int, _Text]]]:
    """The texts that end here, the likeliest first, and those that go on, each with the beam it continues."""
    rows = beams[0].decoder.logits(*(beam.hidden for beam in beams))
    candidates: list[tuple[int, _Text]] = []
    for index, (beam, logits) in enumerate(zip(beams, rows, strict=True)):
        scores = log_softmax(logits + rules.penalties(is_first=not beam.text.tokens))
        for token in _likeliest(scores, beam_size + 1):
            tokens = beam.text.tokens if token == rules.end else (*beam.text.tokens, token)
            candidates.append((index, _Text(tokens, (*beam.text.scores, float(scores[token])))))
    candidates.sort(key=lambda candidate: candidate[1].total, reverse=True)
    ended, kept = [], []
    for index, text in candidates:
        if len(text.scores) > len(text.tokens):
            ended.append(text)
        else:
            kept.append((index, text))
        if len(kept) == beam_size:
            break
    return ended, kept


def _likeliest(scores: Floats, count: int) -> list[int]:
    best = np.argpartition(scores, -count)[-count:]
    return [int(token) for token in best[np.argsort(-scores[best], kind="stable")]]


def _followed(beams: Sequence[_Beam], kept: Sequence[tuple[int, _Text]]) -> list[_Beam]:
    """The beams of the next step. A beam that is continued more than once is forked first."""
    followed: list[_Beam] = []
    for index, text in kept:
        before = beams[index].decoder
        decoder = before.fork() if index in [other for other, _ in kept[len(followed) + 1 :]] else before
        followed.append(_Beam(text, decoder, decoder.feed(text.tokens[-1:])))
    return followed
