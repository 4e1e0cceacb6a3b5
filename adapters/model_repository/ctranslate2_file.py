"""Reads the variables of a CTranslate2 ``model.bin``, version 6 of its binary format.

Little-endian: the version, the specification's name and revision, the number of variables; for each its name,
shape, type, length in bytes and data; then the aliases. Strings are a 16-bit length and that many bytes, ended by a
zero. A quantised ``weight`` has its ``weight_scale`` beside it, and the value is the integer divided by the scale:
one scale a row for int8, one for the whole tensor for int16.
"""

import struct
from typing import Final

import numpy as np

from realtime_mlx_stt.adapters.model_repository.mlx_layout import Tensor

__all__ = ["read_variables"]

_BINARY_VERSION: Final = 6
_SPECIFICATION: Final = "WhisperSpec"
_TYPES: Final = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2", 5: "<u2"}
_BFLOAT16: Final = 5


def read_variables(content: Tensor) -> dict[str, Tensor]:
    """All variables of a Whisper model by name: float16 and float32 as they are, anything else as float32.

    ``content`` is the whole file as uint8, in memory or memory-mapped; unquantised values are views of it.

    Raises:
        ValueError: the file is cut short or is something else.
    """
    try:
        stored = _read_stored(_Cursor(content))
    except KeyError as error:
        raise ValueError(f"it refers to the unknown {error}") from error
    return {
        name: _dequantised(values, stored.get(f"{name}_scale"))
        for name, values in stored.items()
        if not name.endswith("_scale")
    }


class _Cursor:
    """Reads the bytes of the file one after the other."""

    def __init__(self, content: Tensor) -> None:
        self._content = content
        self._position = 0

    def number(self, form: str) -> int:
        (value,) = struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}")).tobytes())
        return int(value)

    def text(self) -> str:
        return bytes(self.take(self.number("H"))).rstrip(b"\0").decode("ascii")

    def take(self, length: int) -> Tensor:
        taken = self._content[self._position : self._position + length]
        if len(taken) != length:
            raise ValueError(f"it ends at byte {len(self._content)}, in the middle of something")
        self._position += length
        return taken


def _read_stored(cursor: _Cursor) -> dict[str, Tensor]:
    version, specification = cursor.number("I"), cursor.text()
    if (version, specification) != (_BINARY_VERSION, _SPECIFICATION):
        raise ValueError(f"it is a {specification!r} in version {version} of the format")
    cursor.number("I")
    stored = dict(_read_variable(cursor) for _ in range(cursor.number("I")))
    for _ in range(cursor.number("I")):
        alias, name = cursor.text(), cursor.text()
        stored[alias] = stored[name]
    return stored


def _read_variable(cursor: _Cursor) -> tuple[str, Tensor]:
    name = cursor.text()
    shape = tuple(cursor.number("I") for _ in range(cursor.number("B")))
    kind, length = cursor.number("B"), cursor.number("I")
    values = np.frombuffer(cursor.take(length), dtype=_TYPES[kind]).reshape(shape)
    if kind == _BFLOAT16:
        values = (values.astype(np.uint32) << 16).view(np.float32)
    return name, values


def _dequantised(values: Tensor, scale: Tensor | None) -> Tensor:
    if scale is None:
        return values
    per_row = scale.astype(np.float32).reshape(-1, *([1] * (values.ndim - 1)))
    return values.astype(np.float32) / per_row
