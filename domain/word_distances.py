"""Measures how far a sequence of words is from each beginning of another."""

from collections.abc import Sequence

__all__ = ["distances_from_beginnings"]


def distances_from_beginnings(words: Sequence[str], others: Sequence[str]) -> list[int]:
    """For each n from 0 to all of ``others``: the fewest changes that turn ``words`` into the first n of them.

    A change inserts, leaves out or replaces one word (edit distance, Wagner and Fischer, 1974).
    """
    row = list(range(len(others) + 1))
    for place, word in enumerate(words, start=1):
        above, row = row, [place]
        for column, other in enumerate(others, start=1):
            row.append(min(above[column - 1] + (word != other), above[column] + 1, row[-1] + 1))
    return row
