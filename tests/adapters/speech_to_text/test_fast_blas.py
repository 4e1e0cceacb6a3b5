"""Which BLAS MLX has, each in a fresh interpreter: what was loaded first cannot be taken back."""

import platform
import subprocess
import sys

IMPORT = "from realtime_mlx_stt.adapters.speech_to_text.runtime.fast_blas import load_fast_blas"
IS_MAC = platform.system() == "Darwin"
"""There MLX has Accelerate, and nothing needs to be loaded."""


def output_of(*statements: str) -> str:
    run = subprocess.run([sys.executable, "-c", "\n".join(statements)], capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_it_says_which_blas_mlx_has_now() -> None:
    said = output_of(IMPORT, "print(load_fast_blas())")

    assert said.startswith("Accelerate" if IS_MAC else "OpenBLAS 0.3.")
    assert said.endswith("belongs to macOS." if IS_MAC else " threads, from cmeel-openblas.")


def test_mlx_finds_it() -> None:
    """What the process looks up by name is found in OpenBLAS, although MLX brings the reference BLAS."""
    lookup = "print(hasattr(ctypes.CDLL(None), 'openblas_get_config'))"

    said = output_of("import ctypes", IMPORT, "load_fast_blas()", "import mlx.core", lookup)

    assert said == str(not IS_MAC)


def test_it_comes_too_late_after_mlx_and_says_so() -> None:
    said = output_of("import mlx.core", IMPORT, "print(load_fast_blas())")

    assert said.startswith("Accelerate" if IS_MAC else "The reference BLAS, slow: MLX was imported before")


def test_it_is_loaded_once() -> None:
    assert output_of(IMPORT, "print(load_fast_blas() is load_fast_blas())") == "True"
