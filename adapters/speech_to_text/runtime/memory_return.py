"""Returns the memory of what is no longer used to the system."""

import ctypes

import mlx.core as mx

__all__ = ["return_memory"]


def return_memory() -> None:
    """Empty MLX's cache of buffers, and have the C library return the freed memory that it keeps.

    glibc keeps freed memory: a process that had unloaded ``base`` held 112 MB more than before it was loaded, with
    MLX's cache empty, and less than before once it was trimmed. Where there is no such call, as on macOS, none is
    needed.
    """
    mx.clear_cache()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(ctypes.c_size_t(0))
