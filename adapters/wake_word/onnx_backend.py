"""Runs ``.onnx`` models with ONNX Runtime."""

import os
from pathlib import Path
from typing import Any, Final

from realtime_mlx_stt.adapters.wake_word.model_backend import Floats
from realtime_mlx_stt.ports.wake_word import WakeWordError

__all__ = ["OnnxBackend"]

_NO_TELEMETRY: Final = "ORT_DISABLE_TELEMETRY"
"""Turns telemetry off: without it onnxruntime 1.29 and later report to Microsoft what is run, with a number of the
device.
"""


class OnnxBackend:
    """A ``ModelBackend``, and the one that is tried first."""

    @property
    def name(self) -> str:
        """What the library is called."""
        return "ONNX Runtime"

    @property
    def suffix(self) -> str:
        """How the names of its model files end."""
        return ".onnx"

    def load(self, path: Path, input_shape: tuple[int, ...] | None = None) -> "_OnnxModel":
        """The model of that file; lengths that it leaves open stay open.

        Raises:
            WakeWordError: the file is not there, or is no model of one input and one output.
        """
        try:
            session = _session(path)
        except Exception as error:  # onnxruntime has no error of its own to catch
            raise WakeWordError(f"The wake-word model {path} cannot be loaded: {error}") from error
        inputs, outputs = session.get_inputs(), session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1:
            raise WakeWordError(
                f"The file {path} is no wake-word model: it has {len(inputs)} inputs and {len(outputs)} outputs."
            )
        return _OnnxModel(session, inputs[0])


class _OnnxModel:
    """A ``LoadedModel``; sessions of ONNX Runtime may be run by many threads at once."""

    def __init__(self, session: Any, taken: Any) -> None:
        self._session = session
        self._input = taken

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        return tuple(length if isinstance(length, int) else None for length in self._input.shape)

    def run(self, values: Floats) -> Floats:
        output: Floats
        (output,) = self._session.run(None, {self._input.name: values})
        return output


def _session(path: Path) -> Any:
    os.environ.setdefault(_NO_TELEMETRY, "1")  # before the import, for it is read once only
    import onnxruntime  # noqa: PLC0415 - 0.1 s, and not needed for most commands

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
