"""Iterates a session's events, past and live, in a ``for`` or an ``async for``."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress

from realtime_mlx_stt.application.log.stream import EventStream
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["SessionEvents"]


class SessionEvents:
    """The events of one session behind some place in its log, up to its last; each iteration begins anew.

    ``follow`` makes the stream of one iteration and is given what to call when there is news.
    """

    def __init__(self, follow: Callable[[Callable[[], None] | None], EventStream]) -> None:
        self._follow = follow

    def __iter__(self) -> Iterator[StoredEvent]:
        """Wait for each event in turn; the iteration ends with the session.

        Raises:
            EventStoreError: the past could not be read.
        """
        stream = self._follow(None)
        try:
            while (stored := stream.wait()) is not None:
                yield stored
        finally:
            stream.close()

    async def __aiter__(self) -> AsyncIterator[StoredEvent]:
        """Await each event in turn, without holding up the loop; the iteration ends with the session.

        The log is read on the loop's executor: a store that is being written to keeps its readers waiting.

        Raises:
            EventStoreError: the past could not be read.
        """
        loop, has_news = asyncio.get_running_loop(), asyncio.Event()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop has been closed, and nobody awaits any more
                loop.call_soon_threadsafe(has_news.set)

        stream = self._follow(tell)
        try:
            while not stream.is_over:
                has_news.clear()
                while (stored := await asyncio.to_thread(stream.take)) is not None:
                    yield stored
                if not stream.is_over:
                    await has_news.wait()
        finally:
            stream.close()
