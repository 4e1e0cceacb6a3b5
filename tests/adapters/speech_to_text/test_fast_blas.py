"""Which BLAS MLX has, each in a fresh interpreter: what was loaded first cannot be taken back."""

import ctypes
import platform
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from realtime_mlx_stt.adapters.speech_to_text.runtime.fast_blas import fast_blas, load_fast_blas

IMPORT = "from realtime_mlx_stt.adapters.speech_to_text.runtime.fast_blas import load_fast_blas"
IS_MAC = platform.system() == "Darwin"
"""There MLX has Accelerate, and nothing needs to be loaded."""


WHEEL_OPENBLAS = "cmeel.prefix/lib/libopenblas.so.0"


def output_of(*statements: str, first_on_path: Path | None = None) -> str:
    path = () if first_on_path is None else ("import sys", f"sys.path.insert(0, {str(first_on_path)!r})")
    program = "\n".join((*path, *statements))
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_it_says_which_blas_mlx_has_now() -> None:
    said = output_of(IMPORT, "print(load_fast_blas())")

    if IS_MAC:
        assert said == "Accelerate, which belongs to macOS."
    else:
        assert is_of_the_wheel(said)


def test_mlx_finds_it() -> None:
    """What the process looks up by name is found in OpenBLAS, although MLX brings the reference BLAS."""
    lookup = "print(hasattr(ctypes.CDLL(None), 'openblas_get_config'))"

    said = output_of("import ctypes", IMPORT, "load_fast_blas()", "import mlx.core", lookup)

    assert said == str(fast_blas() is not None)


def test_it_comes_too_late_after_mlx_and_says_so() -> None:
    said = output_of("import mlx.core", IMPORT, "print(load_fast_blas())")

    assert said.startswith("Accelerate" if IS_MAC else "The reference BLAS, slow: MLX was imported before")


def test_it_is_loaded_once() -> None:
    assert output_of(IMPORT, "print(load_fast_blas() is load_fast_blas())") == "True"


@pytest.fixture
def other_wheel(tmp_path: Path) -> Path:
    """A folder with an installed cmeel-openblas, whose library is yet to be written."""
    about = tmp_path / "cmeel_openblas-9.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: cmeel-openblas\nVersion: 9\n")
    (tmp_path / WHEEL_OPENBLAS).parent.mkdir(parents=True)
    return tmp_path


@pytest.mark.skipif(IS_MAC, reason="macOS has Accelerate")
def test_a_library_that_dies_on_this_processor_is_not_used(other_wheel: Path) -> None:
    """So does the wheel's on a processor that lacks what the one had on which it was built."""
    original = Path(str(metadata.distribution("cmeel-openblas").locate_file(WHEEL_OPENBLAS)))
    library = bytearray(original.read_bytes())
    if load_fast_blas().endswith("from cmeel-openblas."):  # elsewhere it dies as it is
        place = place_in_file("cblas_sgemm", original)
        library[place : place + 4] = b"\x0f\x0b\x0f\x0b" if is_intel() else bytes(4)  # no instruction of either
    (other_wheel / WHEEL_OPENBLAS).write_bytes(library)

    said = output_of(IMPORT, "print(load_fast_blas())", first_on_path=other_wheel)

    assert "cmeel-openblas" not in said
    assert said.endswith("from the system.") or f"{WHEEL_OPENBLAS} does not work on this processor" in said


@pytest.mark.skipif(IS_MAC, reason="macOS has Accelerate")
def test_a_file_that_is_no_library_is_not_used(other_wheel: Path) -> None:
    shutil.copyfile(__file__, other_wheel / WHEEL_OPENBLAS)

    said = output_of(IMPORT, "print(load_fast_blas())", first_on_path=other_wheel)

    assert "cmeel-openblas" not in said


@pytest.mark.skipif(IS_MAC, reason="macOS has Accelerate")
def test_what_is_missing_is_told_as_missing(tmp_path: Path) -> None:
    """Without a wheel and with no library of the system: a folder of modules that has no OpenBLAS."""
    only_this = f"sys.path[:] = [{str(tmp_path)!r}, *(path for path in sys.path if 'site-packages' not in path)]"

    said = output_of("import sys", only_this, IMPORT, "print(load_fast_blas())")

    assert said.endswith("from the system.") or "No such file" in said


@pytest.mark.skipif(IS_MAC, reason="macOS has Accelerate")
def test_it_is_tried_with_the_modules_of_this_process() -> None:
    """The Fortran runtime is that of another wheel, which may lie where only this process looks."""
    elsewhere = [path for path in sys.path if "site-packages" in path]
    without = f"import sys; sys.path[:] = {[path for path in sys.path if path not in elsewhere]!r} + {elsewhere!r}"

    run = subprocess.run(
        [sys.executable, "-S", "-c", "\n".join((without, IMPORT, "print(load_fast_blas())"))],
        capture_output=True,
        text=True,
        check=True,
    )

    assert is_of_the_wheel(run.stdout.strip())


def test_a_program_that_does_not_learn_how_children_end_is_told_the_truth(other_wheel: Path) -> None:
    shutil.copyfile(__file__, other_wheel / WHEEL_OPENBLAS)
    ignoring = "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)"

    said = output_of(ignoring, IMPORT, "print(load_fast_blas())", first_on_path=other_wheel)

    assert "cmeel-openblas" not in said or IS_MAC


def is_of_the_wheel(said: str) -> bool:
    """Whether the wheel's library is used, or was tried and found to be for another kind of processor."""
    is_used = said.startswith("OpenBLAS 0.3.") and said.endswith(" threads, from cmeel-openblas.")
    return is_used or f"{WHEEL_OPENBLAS} does not work on this processor" in said or said.endswith("the system.")


def place_in_file(function: str, library: Path) -> int:
    """Where the function's machine code begins in the file, of which the system has mapped parts into memory."""
    loaded = fast_blas()
    assert loaded is not None
    address = ctypes.cast(getattr(loaded, function), ctypes.c_void_p).value or 0
    for line in Path("/proc/self/maps").read_text().splitlines():
        places, _, offset, *_, path = line.split()
        begin, end = (int(place, 16) for place in places.split("-"))
        if path == str(library) and begin <= address < end:
            return address - begin + int(offset, 16)
    raise AssertionError(f"{function} of {library} is not in memory")


def is_intel() -> bool:
    return platform.machine() == "x86_64"
