"""Reads a docstring: its prose, and its lines that say what a field or a word means."""

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Explanation", "explanation"]

_MEANING = re.compile(r"``(?P<name>[a-z_-]+)``: (?P<meaning>.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a docstring says, in Markdown."""

    paragraphs: tuple[str, ...]
    meanings: Mapping[str, str]

    @property
    def summary(self) -> str:
        """The first paragraph, without its full stop."""
        return self.paragraphs[0].removesuffix(".")


def explanation(explained: object) -> Explanation:
    """The docstring of a class or module.

    Raises:
        ValueError: it has none.
    """
    docstring = inspect.getdoc(explained)
    if not docstring:
        raise ValueError(f"{explained!r} has no docstring.")
    paragraphs: list[list[str]] = []
    meanings: dict[str, str] = {}
    name = ""
    is_new = True
    for line in docstring.splitlines():
        begun = _MEANING.match(line)
        if begun:
            name = begun["name"]
            meanings[name] = begun["meaning"]
        elif not line.strip():
            name, is_new = "", True
        elif name:
            meanings[name] += f" {line.strip()}"
        elif is_new:
            paragraphs.append([line.strip()])
            is_new = False
        else:
            paragraphs[-1].append(line.strip())
    return Explanation(
        paragraphs=tuple(_markdown(" ".join(lines)) for lines in paragraphs),
        meanings={name: _markdown(meaning) for name, meaning in meanings.items()},
    )


def _markdown(text: str) -> str:
    """As Markdown writes code, and JSON calls Python's None."""
    return re.sub(r"\bNone\b", "null", text.replace("``", "`"))
