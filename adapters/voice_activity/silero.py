"""Runs Silero's voice activity model with onnxruntime, from the file that the package silero-vad ships.

The model hears 512 samples with the 64 before them, and carries a state of shape (2, 1, 128) from window to window
(silero-vad, https://github.com/snakers4/silero-vad). Its package is not imported: that would load PyTorch.
"""

import importlib.util
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.voice_activity import WINDOW_SAMPLES, VoiceActivityError

__all__ = ["SileroVoiceActivity", "SileroVoiceActivityDetector", "package_folder"]

_CONTEXT_SAMPLES: Final = 64
_STATE_SHAPE: Final = (2, 1, 128)
_SAMPLE_RATE: Final = np.array(16_000, dtype=np.int64)
_MODEL_FILE: Final = Path("data") / "silero_vad.onnx"

_NO_TELEMETRY: Final = "ORT_DISABLE_TELEMETRY"
"""Turns telemetry off: without it onnxruntime 1.29 and later report to Microsoft what is run, with a number of the
device.
"""


def package_folder() -> Path | None:
    """Where the package silero-vad is installed; None when it is not."""
    spec = importlib.util.find_spec("silero_vad")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


class SileroVoiceActivity:
    """A ``VoiceActivityDetection``; the model is loaded once, at the first ``open``. Thread-safe.

    ``find_package`` tells the folder of the package that ships the model, None when there is none.
    """

    def __init__(self, find_package: Callable[[], Path | None] = package_folder) -> None:
        self._find_package = find_package
        self._lock = threading.Lock()
        self._model: Any = None

    def open(self) -> "SileroVoiceActivityDetector":
        """A detector for a new stream.

        Raises:
            VoiceActivityError: the model cannot be found or loaded.
        """
        with self._lock:
            if self._model is None:
                self._model = _load(self._find_package())
        return SileroVoiceActivityDetector(self._model)


class SileroVoiceActivityDetector:
    """A ``VoiceActivityDetector``: one stream's context and state around the shared model."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._input = np.zeros((1, _CONTEXT_SAMPLES + WINDOW_SAMPLES), dtype=np.float32)
        self._state = np.zeros(_STATE_SHAPE, dtype=np.float32)

    def probability(self, window: AudioSamples) -> float:
        """The probability, 0 to 1, that the next ``WINDOW_SAMPLES`` samples of the stream hold speech.

        Raises:
            VoiceActivityError: the model did not run.
        """
        heard = self._input
        heard[0, :_CONTEXT_SAMPLES] = heard[0, -_CONTEXT_SAMPLES:]
        heard[0, _CONTEXT_SAMPLES:] = window
        try:
            output, self._state = self._model.run(None, {"input": heard, "state": self._state, "sr": _SAMPLE_RATE})
        except Exception as error:  # onnxruntime has no error of its own to catch
            raise VoiceActivityError(f"Silero's voice activity model did not run: {error}") from error
        return float(output[0, 0])

    def reset(self) -> None:
        """Forget the stream, as before its first sample."""
        self._input.fill(0.0)
        self._state = np.zeros(_STATE_SHAPE, dtype=np.float32)


def _load(package: Path | None) -> Any:
    if package is None:
        raise VoiceActivityError("The package silero-vad is not installed; `pip install silero-vad` mends that.")
    path = package / _MODEL_FILE
    try:
        os.environ.setdefault(_NO_TELEMETRY, "1")  # before the import, for it is read once only
        import onnxruntime  # noqa: PLC0415 - 0.1 s, and not needed for most commands

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a window takes 0.2 ms on one core; a second only adds waiting
        options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has no error of its own to catch
        raise VoiceActivityError(
            f"Silero's voice activity model cannot be loaded from {path} ({error}); reinstall silero-vad."
        ) from error
