"""Has OpenBLAS compute with one thread, because a second costs a core and saves little.

The products of one utterance are small. Measured on two cores with ``tiny.en`` over 16 clips of 4.2 s: a final text
took 0.25 s and 0.50 s of processor time with two threads, 0.29 s and 0.30 s with one, because the second thread
spins while it waits. While another process was busy, the same products took two to ten times as long with two
threads as with one. The other core is wanted for voice activity, sessions, and other speakers.
"""

import ctypes
import importlib
import os
from typing import Final

__all__ = ["compute_on_one_thread"]

_VARIABLE: Final = "OPENBLAS_NUM_THREADS"
_NUMPY_CORE: Final = "numpy._core._multiarray_umath"
"""NumPy's module that is linked with its BLAS."""

_SETTERS: Final = (
    "openblas_set_num_threads",
    "scipy_openblas_set_num_threads64_",
    "scipy_openblas_set_num_threads",
)
"""The setters of the OpenBLAS that was loaded for MLX, and of the one in NumPy's wheels, which renames its
exports."""


def compute_on_one_thread() -> int:
    """Have each OpenBLAS of the process use one thread, and say how many took it; idempotent.

    Nothing is changed where the user has set ``OPENBLAS_NUM_THREADS``, nor where there is another BLAS.
    """
    if os.environ.get(_VARIABLE):
        return 0
    libraries = (ctypes.CDLL(None), ctypes.CDLL(importlib.import_module(_NUMPY_CORE).__file__))
    addresses = {_address(library, name) for library in libraries for name in _SETTERS}
    setters = [ctypes.CFUNCTYPE(None, ctypes.c_int)(address) for address in addresses if address]
    for use_threads in setters:
        use_threads(1)
    return len(setters)


def _address(library: ctypes.CDLL, name: str) -> int | None:
    function = getattr(library, name, None)
    return None if function is None else ctypes.cast(function, ctypes.c_void_p).value
