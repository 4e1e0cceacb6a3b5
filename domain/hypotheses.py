"""What an unfinished utterance seems to say, and how much of it may be relied upon.

Local agreement (Macháček, Dabre, Bojar: "Turning Whisper into Real-Time Transcription System", 2023): what two
successive hypotheses agree on, from the front, is stable. The newest hypothesis' last word never is, for its end
may not have been heard yet. The stable prefix does not shrink within an utterance.
"""

import re
import unicodedata
from dataclasses import dataclass

__all__ = ["Hypothesis", "hypothesis_words", "restore", "revise"]

_UNSPACED_SCRIPTS = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"\s*[{_UNSPACED_SCRIPTS}]|\s*[^\s{_UNSPACED_SCRIPTS}]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """The words of the latest hypothesis, of which the first ``stable_words`` stand; revision 0 is none."""

    revision: int = 0
    words: tuple[str, ...] = ()
    stable_words: int = 0

    @property
    def stable_text(self) -> str:
        """The part that will not be taken back."""
        return "".join(self.words[: self.stable_words])

    @property
    def unstable_text(self) -> str:
        """The rest, with the space that parts it from the stable text."""
        return "".join(self.words[self.stable_words :])


def hypothesis_words(text: str) -> tuple[str, ...]:
    """The words of a text, each with the white space before it, so that joining them gives the text again.

    Scripts that put no space between words (Thai, Lao, Tibetan, Burmese, Khmer, Japanese, Chinese) are taken by the
    letter.
    """
    return tuple(_WORD.findall(text.strip()))


def restore(revision: int, stable_text: str, unstable_text: str) -> Hypothesis:
    """The hypothesis that was recorded as these two texts."""
    stable = tuple(_WORD.findall(stable_text))
    return Hypothesis(
        revision=revision,
        words=stable + tuple(_WORD.findall(unstable_text)),
        stable_words=len(stable),
    )


def revise(hypothesis: Hypothesis, text: str) -> Hypothesis:
    """The hypothesis after the model said ``text`` of the utterance so far."""
    heard = hypothesis_words(text)
    kept = hypothesis.words[: hypothesis.stable_words]
    words = kept + _set_apart(kept, heard[len(kept) :])
    agreed = min(_agreement(hypothesis.words, words), max(len(words) - 1, 0))
    return Hypothesis(
        revision=hypothesis.revision + 1,
        words=words,
        stable_words=max(hypothesis.stable_words, agreed),
    )


def _set_apart(kept: tuple[str, ...], rest: tuple[str, ...]) -> tuple[str, ...]:
    """The rest, with a space before it where it would otherwise become part of the last word that is kept."""
    if kept and rest and len(_WORD.findall(kept[-1] + rest[0])) == 1:
        return (f" {rest[0]}", *rest[1:])
    return rest


def _agreement(before: tuple[str, ...], now: tuple[str, ...]) -> int:
    count = 0
    for old, new in zip(before, now, strict=False):
        if _spoken(old) != _spoken(new):
            break
        count += 1
    return count


def _spoken(word: str) -> str:
    """The word without case and punctuation, which Whisper revises as it hears on; itself if that is all it is."""
    letters = "".join(letter for letter in word.strip() if not unicodedata.category(letter).startswith("P"))
    return letters.casefold() or word.strip()
