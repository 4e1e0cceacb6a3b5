"""The backends of this machine, and the folder of the models that the package ships."""

from typing import Final

import pytest

from realtime_mlx_stt.adapters.wake_word.litert_backend import LiteRtBackend
from realtime_mlx_stt.adapters.wake_word.onnx_backend import OnnxBackend
from realtime_mlx_stt.adapters.wake_word.package_models import model_folder, package_folder

__all__ = ["BACKENDS", "MODELS", "needs_litert_models"]

MODELS: Final = model_folder(package_folder())

needs_litert_models: Final = pytest.mark.skipif(
    not (MODELS / "embedding_model.tflite").is_file(),
    reason="openwakeword 0.4.0, all that Linux has for Python 3.12 and later, ships no .tflite models",
)

BACKENDS: Final = (OnnxBackend(), pytest.param(LiteRtBackend(), marks=needs_litert_models, id="LiteRT"))
"""Every backend that there is, for a test's parameters."""
