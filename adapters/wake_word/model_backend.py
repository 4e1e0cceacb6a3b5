"""Defines what a library that runs models must offer, so that the detector's arithmetic is written once."""

from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["Floats", "LoadedModel", "ModelBackend"]

Floats = npt.NDArray[np.float32]
"""The type of the values that models take and return."""


class LoadedModel(Protocol):
    """A model in memory, with one input and one output. Thread-safe."""

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """The shape of the input; None where any length will do."""
        ...

    def run(self, values: Floats) -> Floats:
        """The model's output for the values; any error of the library may be raised."""
        ...


class ModelBackend(Protocol):
    """A library that runs model files of one kind. Thread-safe."""

    @property
    def name(self) -> str:
        """What the library is called."""
        ...

    @property
    def suffix(self) -> str:
        """How the names of its model files end, with the dot."""
        ...

    def load(self, path: Path, input_shape: tuple[int, ...] | None = None) -> LoadedModel:
        """Load the model of that file; ``input_shape`` fixes the lengths that it leaves open.

        Raises:
            WakeWordError: the library or the file is not there, or the library takes the file for no such model.
        """
        ...
