"""Finds the models that the package openwakeword ships, without importing the package, and those of users.

Versions 0.5.1 and 0.4.0 have them in the wheel; later ones download them. What is imported with the package,
scikit-learn and SciPy among it, is not needed to run them.
"""

import difflib
import importlib.util
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from realtime_mlx_stt.domain.wake_word_names import meant_word
from realtime_mlx_stt.ports.wake_word import UnknownWakeWordError, WakeWordError

__all__ = ["PACKAGE", "model_folder", "own_model", "package_folder", "resolve_word", "word_models"]

_HAS_ONLY_OLD: Final = sys.platform == "linux" and sys.version_info >= (3, 12)

PACKAGE: Final = f"openwakeword=={'0.4.0' if _HAS_ONLY_OLD else '0.5.1'}"
"""The release that setup.cfg asks for: on Linux 0.5.1 needs a runtime that there is only up to Python 3.11."""

_REMEDY: Final = f"`pip install {PACKAGE}` mends that"
_WORD_FILE: Final = re.compile(r"(?P<word>[a-z_]+)_v[\d.]+\.onnx")
_INTENTS: Final = frozenset(("timer", "weather"))
"""Models that tell one request from another instead of hearing a word."""


def package_folder() -> Path | None:
    """Where the package openwakeword is installed; None when it is not."""
    spec = importlib.util.find_spec("openwakeword")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def model_folder(package: Path | None) -> Path:
    """The folder of the models in the package's folder.

    Raises:
        WakeWordError: the package is not there, or has no models in it.
    """
    if package is None:
        raise WakeWordError(f"openwakeword is not installed; {_REMEDY}.")
    folder = package / "resources" / "models"
    if not (folder / "embedding_model.onnx").is_file():
        raise WakeWordError(
            f"openwakeword has no models in {folder}: versions from 0.6 on do not ship them; {_REMEDY}."
        )
    return folder


def word_models(folder: Path) -> Mapping[str, Path]:
    """The ONNX model of every word that can be heard, by word, sorted. LiteRT's file differs only in its ending."""
    found = ((_WORD_FILE.fullmatch(path.name), path) for path in folder.glob("*.onnx"))
    words = {match["word"]: path for match, path in found if match and match["word"] not in _INTENTS}
    return dict(sorted(words.items()))


def resolve_word(wanted: str, words: tuple[str, ...]) -> str:
    """The word that is meant: ``Hey Jarvis`` and ``jarvis`` both mean ``hey_jarvis``.

    Raises:
        UnknownWakeWordError: no model hears it.
    """
    meant = meant_word(wanted, words)
    if meant is not None:
        return meant
    near = difflib.get_close_matches(re.sub(r"[\s-]+", "_", wanted.strip().lower()), words, n=1, cutoff=0.5)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise UnknownWakeWordError(
        f"No model hears '{wanted}'.{hint} There are: {', '.join(words)}. A model of your own is named by the path "
        f"of its .onnx or .tflite file."
    )


def own_model(wanted: str) -> Path:
    """The file of a model of one's own, ``~`` being one's home.

    Raises:
        UnknownWakeWordError: there is none.
    """
    path = Path(wanted).expanduser().absolute()
    if not path.is_file():
        raise UnknownWakeWordError(f"There is no wake-word model {path}.")
    return path
