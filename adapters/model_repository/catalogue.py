"""Lists the models known by a short name, and reads the names that people write."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

__all__ = ["HUB_MODELS", "HubModel", "near_matches", "plain_name"]

_ALIASES: Final = {"turbo": "large-v3-turbo", "large": "large-v3"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HubModel:
    """A model in MLX's layout on the Hugging Face hub.

    ``is_multilingual`` is whether it was trained to write other languages than English.
    """

    name: str
    repository: str
    is_multilingual: bool = True


HUB_MODELS: Final = (
    HubModel(name="tiny.en", repository="mlx-community/whisper-tiny.en-mlx", is_multilingual=False),
    HubModel(name="tiny", repository="mlx-community/whisper-tiny"),
    HubModel(name="base.en", repository="mlx-community/whisper-base.en-mlx", is_multilingual=False),
    HubModel(name="base", repository="mlx-community/whisper-base-mlx"),
    HubModel(name="small.en", repository="mlx-community/whisper-small.en-mlx", is_multilingual=False),
    HubModel(name="small", repository="mlx-community/whisper-small-mlx"),
    HubModel(name="medium.en", repository="mlx-community/whisper-medium.en-mlx", is_multilingual=False),
    HubModel(name="medium", repository="mlx-community/whisper-medium-mlx"),
    HubModel(name="distil-large-v3", repository="mlx-community/distil-whisper-large-v3", is_multilingual=False),
    HubModel(name="large-v2", repository="mlx-community/whisper-large-v2-mlx"),
    HubModel(name="large-v3", repository="mlx-community/whisper-large-v3-mlx"),
    HubModel(name="large-v3-turbo", repository="mlx-community/whisper-large-v3-turbo"),
)
"""From the smallest to the largest."""


def plain_name(name: str) -> str:
    """The short name that is meant: without ``whisper-`` in front, in lower case, aliases resolved.

    A name with a slash is a repository or a path and stays as it is.
    """
    if "/" in name:
        return name
    plain = name.strip().lower().removeprefix("whisper-")
    return _ALIASES.get(plain, plain)


def near_matches(name: str) -> list[str]:
    """The known names that ``name`` may have been meant to be, the nearest first."""
    meant = plain_name(name).removeprefix("whisper").strip(" _-")
    known = [*(model.name for model in HUB_MODELS), *_ALIASES]
    return list(dict.fromkeys(plain_name(near) for near in get_close_matches(meant, known, n=3, cutoff=0.5)))
