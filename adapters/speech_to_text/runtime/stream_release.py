"""Releases MLX's streams before the thread that they belong to is joined.

A thread that used MLX takes its streams down by itself when the system ends it. Before Python 3.13 ``Thread.join``
does not wait for that, and a program that ends at the same moment is aborted by the C++ library: so were three of
four programs whose last act was to join such a thread. What is kept for a thread here is released before ``join``
returns.
"""

import threading
from typing import Final

import mlx.core as mx

__all__ = ["release_streams_at_thread_end"]


class _StreamsOfThread:
    """An object that is kept for a thread; its end, on that thread, releases the streams."""

    def __del__(self) -> None:
        mx.clear_streams()


_KEPT: Final = threading.local()


def release_streams_at_thread_end() -> None:
    """Have the calling thread's streams released when it ends; idempotent. The main thread does not need it."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main and not hasattr(_KEPT, "streams"):  # another one in its place would release what is in use
        _KEPT.streams = _StreamsOfThread()
