"""One thread for every OpenBLAS of a process, unless its user wants it otherwise."""

import os
import subprocess
import sys
from typing import Final

_THREADS: Final = """
import ctypes
from realtime_mlx_stt.adapters.speech_to_text.runtime.fast_blas import load_fast_blas
from realtime_mlx_stt.adapters.speech_to_text.runtime.blas_threads import compute_on_one_thread
from numpy._core import _multiarray_umath
load_fast_blas()
compute_on_one_thread()
again = compute_on_one_thread()
counts = [
    getattr(library, name)()
    for library, name in (
        (ctypes.CDLL(None), "openblas_get_num_threads"),
        (ctypes.CDLL(_multiarray_umath.__file__), "scipy_openblas_get_num_threads64_"),
    )
    if hasattr(library, name)
]
print(again == len(counts), sorted(set(counts)))
"""


def told(**environment: str) -> str:
    variables = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"} | environment
    done = subprocess.run(
        [sys.executable, "-c", _THREADS], env=variables, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


def test_each_library_computes_on_one_thread() -> None:
    assert told() in {"True [1]", "True []"}


def test_what_the_user_has_set_is_left_alone() -> None:
    assert told(OPENBLAS_NUM_THREADS="1") in {"False [1]", "True []"}
