"""Learns from huggingface_hub how many bytes it has fetched, and draws nothing."""

from collections.abc import Callable
from threading import Lock
from typing import Any

__all__ = ["OnFetched", "progress_bar_class"]

OnFetched = Callable[[int, int], None]
"""Called with the bytes fetched so far and the bytes in all; from several threads, but never from two at once."""


def progress_bar_class(on_fetched: OnFetched, total: int) -> type[Any]:
    """A class to give to huggingface_hub as its progress bar.

    It makes one bar for the number of files, one for the bytes written and perhaps one for those received, which
    may be fewer because of compression; only the bytes written count.
    """
    from huggingface_hub.utils.tqdm import tqdm  # noqa: PLC0415 - 0.5 s

    lock = Lock()
    done = 0

    class SilentBar(tqdm):
        def __init__(self, *args: Any, **options: Any) -> None:
            is_received = str(options.get("name")).endswith(".transfer")
            self._counts = options.get("unit") == "B" and not is_received
            super().__init__(*args, **{**options, "disable": True})  # type: ignore[no-untyped-call]

        def update(self, n: float | None = 1) -> bool | None:
            nonlocal done
            if self._counts and n:
                with lock:
                    done = min(done + int(n), total)
                    on_fetched(done, total)
            return None

    return SilentBar
