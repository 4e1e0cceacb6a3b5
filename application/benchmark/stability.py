"""Counts the words of a stable prefix that the final text has otherwise."""

from collections.abc import Sequence

from realtime_mlx_stt.domain.hypotheses import hypothesis_words

__all__ = ["taken_back_words"]


def taken_back_words(stable_text: str, final_text: str) -> int:
    """How many words of the prefix differ from the final text, which may go on behind it.

    Case and punctuation do not count. The fewest words put in, left out or written otherwise that make the prefix a
    beginning of the final text (edit distance, Wagner and Fischer, 1974), and not more than it has.
    """
    stable, final = _spoken_words(stable_text), _spoken_words(final_text)
    row = list(range(len(final) + 1))
    for place, word in enumerate(stable, 1):
        row = _next_row(row, place, word, final)
    return min(*row, len(stable)) if stable else 0


def _next_row(row: Sequence[int], place: int, word: str, final: Sequence[str]) -> list[int]:
    """The distances of one word more of the prefix from each beginning of the final text."""
    longer = [place]
    for column, other in enumerate(final, 1):
        longer.append(min(row[column - 1] + (word != other), row[column] + 1, longer[-1] + 1))
    return longer


def _spoken_words(text: str) -> list[str]:
    words = ("".join(filter(str.isalnum, word)).casefold() for word in hypothesis_words(text))
    return [word for word in words if word]
