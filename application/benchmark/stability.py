"""Counts the words of a stable prefix that the final text has otherwise."""

from realtime_mlx_stt.domain.hypotheses import hypothesis_words
from realtime_mlx_stt.domain.word_distances import distances_from_beginnings

__all__ = ["taken_back_words"]


def taken_back_words(stable_text: str, final_text: str) -> int:
    """How many words of the prefix differ from the final text, which may go on behind it.

    Case and punctuation do not count. The number is the fewest changes that make the prefix a beginning of the
    final text, and never more than the prefix has words.
    """
    stable, final = _spoken_words(stable_text), _spoken_words(final_text)
    return min(*distances_from_beginnings(stable, final), len(stable)) if stable else 0


def _spoken_words(text: str) -> list[str]:
    words = ("".join(filter(str.isalnum, word)).casefold() for word in hypothesis_words(text))
    return [word for word in words if word]
