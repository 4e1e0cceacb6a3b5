"""Runs ``.tflite`` models with LiteRT, the interpreter formerly called TensorFlow Lite."""

import threading
from pathlib import Path
from typing import Any

from realtime_mlx_stt.adapters.wake_word.model_backend import Floats
from realtime_mlx_stt.ports.wake_word import WakeWordError

__all__ = ["LiteRtBackend"]


class LiteRtBackend:
    """A ``ModelBackend`` for where ONNX Runtime fails, and for users' own ``.tflite`` files."""

    @property
    def name(self) -> str:
        """What the library is called."""
        return "LiteRT"

    @property
    def suffix(self) -> str:
        """How the names of its model files end."""
        return ".tflite"

    def load(self, path: Path, input_shape: tuple[int, ...] | None = None) -> "_LiteRtModel":
        """The model of that file.

        Raises:
            WakeWordError: LiteRT or the file is not there, or it is no model of one input and one output.
        """
        try:
            return _LiteRtModel(_interpreter(path, input_shape))
        except ModuleNotFoundError as error:
            raise WakeWordError(
                f"The wake-word model {path} needs LiteRT; `pip install ai-edge-litert` brings it."
            ) from error
        except Exception as error:  # the interpreter has no error of its own to catch
            raise WakeWordError(f"The wake-word model {path} cannot be loaded: {error}") from error


class _LiteRtModel:
    """A ``LoadedModel``; one thread at a time may use it, because an interpreter keeps its working memory."""

    def __init__(self, interpreter: Any) -> None:
        (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
        self._interpreter = interpreter
        self._input, self._output = taken["index"], given["index"]
        self._input_shape = tuple(int(n) if n >= 0 else None for n in taken["shape_signature"])
        self._lock = threading.Lock()

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        return self._input_shape

    def run(self, values: Floats) -> Floats:
        with self._lock:
            self._interpreter.set_tensor(self._input, values)
            self._interpreter.invoke()
            output: Floats = self._interpreter.get_tensor(self._output)
        return output


def _interpreter(path: Path, input_shape: tuple[int, ...] | None) -> Any:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType  # noqa: PLC0415 - 0.1 s, and seldom needed

    # Its usual delegate runs the embedding model in a third of the time, 1.2 instead of 3.5 ms for 80 ms of sound,
    # but cannot be kept from writing to the standard error output, where a live display may be.
    interpreter = Interpreter(
        model_path=str(path),
        num_threads=1,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    if input_shape is not None:
        interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], input_shape)
    interpreter.allocate_tensors()
    return interpreter
