"""Loads a fast BLAS, for products on the processor and instead of the reference BLAS that MLX has on Linux."""

import ctypes
import os
import platform
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

__all__ = ["CBLAS_AS_IT_IS", "CBLAS_ROW_MAJOR", "CBLAS_TRANSPOSED", "fast_blas", "load_fast_blas"]

CBLAS_ROW_MAJOR: Final = 101
CBLAS_AS_IT_IS: Final = 111
CBLAS_TRANSPOSED: Final = 112
"""How matrices lie in memory, as C's interface to BLAS has it."""

_OPENBLAS: Final = "libopenblas.so.0"
_FORTRAN_RUNTIME: Final = b"libgfortran.so.5\0"
_BUNDLES: Final = (("mlx-cpu", "mlx_cpu.libs"), ("numpy", "numpy.libs"))
"""Wheels that bring a Fortran runtime of their own, each under a private name, and the folders it is in."""

_TRIAL_ROWS: Final = (1, 2, 16, 200)
_TRIAL_SIZE: Final = 96
_MOST_TRIAL_SECONDS: Final = 20
_WORKS: Final = "works"
"""What the trial says if all is well. Nothing else counts: not every program learns how its children ended."""


def load_fast_blas() -> str:
    """Load OpenBLAS where MLX will find it, and say in one sentence which BLAS MLX has now.

    To be called before the first ``import mlx``: the first library in the process that has ``cblas_sgemm`` wins.
    PyPI's Linux build of MLX comes with the reference BLAS, which is some thirty times slower. Never raises.
    """
    return _loaded()[1]


def fast_blas() -> ctypes.CDLL | None:
    """The OpenBLAS that ``load_fast_blas`` has loaded; None where it found none, and on macOS.

    Loads it if that has not been done.
    """
    return _loaded()[0]


@cache
def _loaded() -> tuple[ctypes.CDLL | None, str]:
    if platform.system() == "Darwin":
        return None, "Accelerate, which belongs to macOS."
    if "mlx.core" in sys.modules:
        return None, "The reference BLAS, slow: MLX was imported before this package could load OpenBLAS."
    reasons = []
    for origin, path in _candidates():
        try:
            _try_elsewhere(path)
            library = _load_openblas(path)
        except OSError as error:
            reasons.append(str(error))
        else:
            return library, f"{_configuration(library)}, from {origin}."
    return None, f"The reference BLAS, slow; OpenBLAS cannot be had: {'; '.join(reasons)}."


def _candidates() -> list[tuple[str, str]]:
    """Where OpenBLAS may come from, and the path or name of the library."""
    wheel = _installed_path("cmeel-openblas", f"cmeel.prefix/lib/{_OPENBLAS}")
    return [*([("cmeel-openblas", wheel)] if wheel else []), ("the system", _OPENBLAS)]


def _try_elsewhere(path: str) -> None:
    """Multiply with the library in a process of its own, which may die of it.

    Each build of the wheel is for the kind of processor that it was built on, and on another kind the first product
    ends the process. The process looks for modules where this one does.
    """
    python = Path(sys.executable or "")
    if getattr(sys, "frozen", False) or not python.name.startswith("python"):
        raise OSError(f"{path} cannot be tried, since this program has no Python of its own to try it with")
    try:
        trial = subprocess.run(  # noqa: S603 - this Python and this file
            [python, "-I", __file__, path, *sys.path],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_MOST_TRIAL_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(f"{path} did not multiply within {_MOST_TRIAL_SECONDS} s") from error
    said = trial.stdout.strip()
    if said != _WORKS:
        raise OSError(said or f"{path} does not work on this processor")


def _trial(path: str) -> str:
    """Whether the library works, or why not, in words."""
    try:
        return _WORKS if _multiplies(path) else f"{path} multiplies wrongly on this processor"
    except (OSError, AttributeError) as error:
        return str(error)


def _multiplies(path: str) -> bool:
    """Whether the library multiplies small and large matrices rightly."""
    library = _load_openblas(path)
    library.openblas_set_num_threads(1)
    size, one, zero = _TRIAL_SIZE, ctypes.c_float(1), ctypes.c_float(0)
    square = (ctypes.c_float * (size * size))(*(float(place % 7) for place in range(size * size)))
    sums = [sum(square[row * size : (row + 1) * size]) for row in range(size)]
    for rows in _TRIAL_ROWS:
        ones = (ctypes.c_float * (rows * size))(*([1.0] * rows * size))
        out = (ctypes.c_float * (rows * size))()
        sizes = rows, size, size
        library.cblas_sgemm(
            CBLAS_ROW_MAJOR,
            CBLAS_AS_IT_IS,
            CBLAS_TRANSPOSED,
            *sizes,
            one,
            ones,
            size,
            square,
            size,
            zero,
            out,
            size,
        )
        if list(out) != sums * rows:
            return False
    return True


def _load_openblas(path: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        if "libgfortran" not in str(error):
            raise
    _load_fortran_runtime()
    return ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)


def _load_fortran_runtime() -> None:
    """Load the Fortran runtime of another wheel under the name that OpenBLAS asks for.

    The loader knows a library by the name written in it. Wheels write a private name there. So a copy in memory
    gets the public name, which is shorter and fits into its place.
    """
    for distribution, folder in _BUNDLES:
        bundle = _installed_path(distribution, folder)
        for runtime in sorted(Path(bundle).glob("libgfortran-*.so.5*")) if bundle else ():
            for needed in runtime.parent.glob("libquadmath-*.so*"):
                ctypes.CDLL(str(needed))
            private_name = runtime.name.encode() + b"\0"
            public_name = _FORTRAN_RUNTIME.ljust(len(private_name), b"\0")
            _load_from_memory(runtime.read_bytes().replace(private_name, public_name))
            return


def _load_from_memory(library: bytes) -> None:
    descriptor = os.memfd_create("libgfortran")
    with os.fdopen(descriptor, "wb") as file:
        file.write(library)
        file.flush()
        ctypes.CDLL(f"/proc/self/fd/{descriptor}", mode=ctypes.RTLD_GLOBAL)


def _installed_path(distribution: str, path: str) -> str | None:
    try:
        located = Path(str(metadata.distribution(distribution).locate_file(path)))
    except metadata.PackageNotFoundError:
        return None
    return str(located) if located.exists() else None


def _configuration(library: ctypes.CDLL) -> str:
    library.openblas_get_config.restype = ctypes.c_char_p
    words = library.openblas_get_config().decode().split()
    version, kernel = words[1], next((word for word in words[2:] if word.isupper() and "_" not in word), "")
    return f"OpenBLAS {version} {kernel}, {library.openblas_get_num_threads()} threads"


if __name__ == "__main__":
    sys.path[:] = sys.argv[2:]
    sys.stdout.write(_trial(sys.argv[1]))
