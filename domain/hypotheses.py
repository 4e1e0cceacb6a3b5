"""Keeps the text of an unfinished utterance, and decides how much of it may be relied upon.

Local agreement (Macháček, Dabre, Bojar: "Turning Whisper into Real-Time Transcription System", 2023): the words
from the front that two successive hypotheses agree on are stable. Where hypotheses come several times a second, two
of them often agree on the same mistake. So here they must have agreed over a longer stretch of audio, and the
newest must be sure of the word. The last word of a hypothesis is never stable, because its end may not have been
heard yet. The stable prefix does not shrink within an utterance.

All parts of a hypothesis are in its events, so that the state of a session can be rebuilt from its log.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

from realtime_mlx_stt.domain.audio_format import seconds_to_samples
from realtime_mlx_stt.domain.transcription import Transcription, places_in_text
from realtime_mlx_stt.domain.word_distances import distances_from_beginnings

__all__ = [
    "AGREEMENT_SAMPLES",
    "LEAST_HEARD_SAMPLES",
    "Hypothesis",
    "hypothesis_words",
    "likely_words",
    "restore",
    "revise",
]

AGREEMENT_SAMPLES: Final = seconds_to_samples(0.9)
"""A word becomes stable when all hypotheses over this much audio have it, and the words before it."""

_LIKELY_PROBABILITY: Final = 0.6
"""A word does not become stable yet if the newest hypothesis gives it a lower probability than this.

Measured with tiny.en over speech as it is, over a telephone, in noise, in prompts and in joins, a hypothesis every
0.25 s, all words counted that were stable before the final text. Of 374 words that became stable 3 differ from the
final text; with 0.5 it is 6 of 436, with 0.7 1 of 286. Wrong words often persist for long, but the model is seldom
sure of them: a longer agreement, of 1.5 s, leaves 4 of 348 with 0.5.
"""

LEAST_HEARD_SAMPLES: Final = seconds_to_samples(2.2)
"""How much of an utterance, its pre-roll included, must be heard before any word is stable: until then the model is
too often sure of wrong first words.
"""

_UNSPACED_SCRIPTS = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"\s*[{_UNSPACED_SCRIPTS}]|\s*[^\s{_UNSPACED_SCRIPTS}]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """The words of the latest hypothesis; the first ``stable_words`` of them are stable. Revision 0 means none yet.

    ``agreed_since``: for each word, how far the audio had been heard at the first of the unbroken series of
    hypotheses that have this word and all words before it.
    ``heard_until_sample``: the end of the audio that the latest was written from.
    """

    revision: int = 0
    words: tuple[str, ...] = ()
    stable_words: int = 0
    agreed_since: tuple[int, ...] = ()
    heard_until_sample: int = 0

    @property
    def stable_text(self) -> str:
        """The words that later hypotheses will not take back."""
        return "".join(self.words[: self.stable_words])

    @property
    def unstable_text(self) -> str:
        """The other words, with the space that separates them from the stable text."""
        return "".join(self.words[self.stable_words :])


def hypothesis_words(text: str) -> tuple[str, ...]:
    """The words of a text, each with the white space before it, so that joining them gives the text again.

    In scripts that put no space between words (Thai, Lao, Tibetan, Burmese, Khmer, Japanese, Chinese) each letter
    is taken as a word.
    """
    return tuple(_WORD.findall(text.strip()))


def restore(
    before: Hypothesis, *, revision: int, stable_text: str, unstable_text: str, heard_until_sample: int
) -> Hypothesis:
    """Rebuild the hypothesis that was recorded as these two texts, from the one before it."""
    stable = tuple(_WORD.findall(stable_text))
    words = stable + tuple(_WORD.findall(unstable_text))
    return Hypothesis(
        revision=revision,
        words=words,
        stable_words=len(stable),
        agreed_since=_agreed_since(before, words, heard_until_sample),
        heard_until_sample=heard_until_sample,
    )


def likely_words(said: Transcription) -> tuple[bool, ...]:
    """For each word of the text, whether the model is sure enough of it for it to become stable.

    If the model gives no probabilities of words, the confidence in the text is taken for each word.
    """
    words = hypothesis_words(said.text)
    places = places_in_text(said.text.strip(), [word.text.strip() for word in said.words])
    if not places:
        return (said.confidence >= _LIKELY_PROBABILITY,) * len(words)
    unlikely = [
        range(place, place + len(word.text.strip()))
        for place, word in zip(places, said.words, strict=True)
        if word.probability < _LIKELY_PROBABILITY
    ]
    ends = accumulate(map(len, words), initial=0)
    return tuple(
        not any(begin < other.stop and other.start < end for other in unlikely) for begin, end in pairwise(ends)
    )


def revise(
    hypothesis: Hypothesis, text: str, heard_until_sample: int, *, likely: Sequence[bool] | None = None
) -> Hypothesis:
    """The hypothesis after the model said ``text`` of the utterance up to ``heard_until_sample``.

    ``likely`` says for each word of the text whether it may become stable; None means that all may.
    """
    heard = hypothesis_words(text)
    kept = hypothesis.words[: hypothesis.stable_words]
    place = _place_after(kept, heard)
    words = kept + _set_apart(kept, heard[place:])
    may_settle = (True,) * len(words) if likely is None else (*(True for _ in kept), *likely[place:])
    agreed_since = _agreed_since(hypothesis, words, heard_until_sample)
    stable_words = hypothesis.stable_words
    while (
        stable_words < len(words) - 1
        and may_settle[stable_words]
        and heard_until_sample - agreed_since[stable_words] >= AGREEMENT_SAMPLES
    ):
        stable_words += 1
    return Hypothesis(
        revision=hypothesis.revision + 1,
        words=words,
        stable_words=stable_words,
        agreed_since=agreed_since,
        heard_until_sample=heard_until_sample,
    )


def _set_apart(kept: tuple[str, ...], rest: tuple[str, ...]) -> tuple[str, ...]:
    """The rest, with a space before it where it would otherwise become part of the last word that is kept."""
    if kept and rest and len(_WORD.findall(kept[-1] + rest[0])) == 1:
        return (f" {rest[0]}", *rest[1:])
    return rest


def _place_after(kept: tuple[str, ...], heard: tuple[str, ...]) -> int:
    """How many of the words heard now correspond to the kept words; those behind them are new.

    The newest hypothesis may contradict the kept words and have more or fewer of them. Then the beginning of it
    with the smallest edit distance from the kept words corresponds to them; of several, the one nearest in length.
    """
    said, now = [_spoken(word) for word in kept], [_spoken(word) for word in heard]
    if now[: len(said)] == said:
        return len(said)
    changes = distances_from_beginnings(said, now)
    return min(range(len(now) + 1), key=lambda place: (changes[place], abs(place - len(said))))


def _agreed_since(before: Hypothesis, words: tuple[str, ...], heard_until_sample: int) -> tuple[int, ...]:
    agreed = _agreement(before.words, words)
    return before.agreed_since[:agreed] + (heard_until_sample,) * (len(words) - agreed)


def _agreement(before: tuple[str, ...], now: tuple[str, ...]) -> int:
    count = 0
    for old, new in zip(before, now, strict=False):
        if _spoken(old) != _spoken(new):
            break
        count += 1
    return count


def _spoken(word: str) -> str:
    """The word without case and punctuation, which Whisper often revises; unchanged if it is only punctuation."""
    letters = "".join(letter for letter in word.strip() if not unicodedata.category(letter).startswith("P"))
    return letters.casefold() or word.strip()
