"""Imports modules of mlx-whisper without the rest of the package, which takes seconds for numba and SciPy."""

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any, Final

from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError

__all__ = ["import_module"]

_PACKAGE: Final = "mlx_whisper"


def import_module(name: str) -> Any:
    """The module ``mlx_whisper.<name>``.

    ``mlx_whisper/__init__.py`` imports ``transcribe``, which imports numba and SciPy for functions that are not
    used here. That file runs only when the package is imported, so an empty package stands in its place meanwhile.

    Raises:
        SpeechToTextError: mlx-whisper is not installed or cannot be imported.
    """
    full_name = f"{_PACKAGE}.{name}"
    if _PACKAGE in sys.modules:
        return importlib.import_module(full_name)
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.submodule_search_locations is None:
        raise SpeechToTextError("mlx-whisper is not installed; `pip install mlx-whisper` mends that.")
    package = ModuleType(_PACKAGE)
    package.__path__ = list(spec.submodule_search_locations)
    package.__spec__ = spec
    sys.modules[_PACKAGE] = package
    try:
        return importlib.import_module(full_name)
    except ImportError as error:
        raise SpeechToTextError(f"mlx-whisper cannot be imported: {error}") from error
    finally:
        del sys.modules[_PACKAGE]
