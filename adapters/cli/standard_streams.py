"""Prepares the streams that the program was started with, and gives stdout up when nobody reads it."""

import errno
import io
import os
import sys
from typing import Final

from realtime_mlx_stt.domain.errors import RealtimeSttError

__all__ = ["OutputError", "forget_stdout", "output_error", "prepare_streams"]

_WRITE_ERRORS: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


class OutputError(RealtimeSttError):
    """A result cannot be written where it was asked for."""

    code = "output"


def prepare_streams() -> None:
    """Replace closed streams by the null device; to be called before any file is opened.

    Otherwise the next file would take a closed stream's number: a model's weights, which MLX does not read from
    there, or the database, with everything that is printed written into it. A character that the terminal cannot
    show becomes a question mark.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it gets the lowest free number, this one
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - open until the program ends
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def output_error(error: Exception) -> OutputError | None:
    """What it means if stdout failed with this error; None for an error of anything else.

    Files are opened by their names, which their errors say; an error without one is that of a stream.
    """
    if not isinstance(error, OSError) or error.filename is not None or error.errno not in _WRITE_ERRORS:
        return None
    return OutputError(f"The output cannot be written: {error.strerror}.")


def forget_stdout() -> None:
    """Have Python not complain about stdout when it closes it: nobody reads on, or nothing can be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
