"""Does work in two halves on two threads, where it is worth a thread.

OpenBLAS could divide each product by itself, but its threads spin while they wait, which costs a core and slows
down everything else on the machine; these threads sleep.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Self

__all__ = ["WORTH_A_THREAD_POSITIONS", "Halves"]


WORTH_A_THREAD_POSITIONS: Final = 128
"""How many positions are worth a second thread. With fewer, two halves cost too much, as both arrange all weights
anew for their products: 80 positions behind 400 others took 63 ms of processor time in halves, 46 ms at once. A
final text has more.
"""


class Halves:
    """A second thread, to be used in a ``with`` block; one thread may use it at a time."""

    def __init__(self) -> None:
        self._second = ThreadPoolExecutor(max_workers=1, thread_name_prefix="second-half")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._second.shutdown()

    def do(self, step: Callable[[slice], None], count: int, *, is_worth_it: bool) -> None:
        """Do ``step`` for ``count`` things, in halves if that ``is_worth_it``; waits for both."""
        middle = count // 2
        rest = self._begun(step, slice(middle, count)) if is_worth_it else None
        if rest is None:
            step(slice(0, count))
        else:
            step(slice(0, middle))
            rest.result()

    def _begun(self, step: Callable[[slice], None], some: slice) -> "Future[None] | None":
        """The step on the second thread; None where there can be none, as while the interpreter ends."""
        try:
            return self._second.submit(step, some)
        except RuntimeError:
            return None
