"""Streams server-sent events: their frames, their keep-alives, and what is released when they end."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from flask import Response, request

from realtime_mlx_stt.adapters.web.api.operations import EVENT_STREAM
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.problems import TooManyStreamsError

__all__ = ["KEEP_ALIVE", "KEEP_ALIVE_SECONDS", "end_frame", "frame", "stream_response", "wants_stream"]

KEEP_ALIVE_SECONDS: Final = 15.0
"""After this long without an event a comment is sent, which finds out whether the client is still there."""

KEEP_ALIVE: Final = ": keep-alive\n\n"
"""The comment that is sent to keep a stream alive."""

_BEGINNING: Final = ": connected\n\n"
"""Sent at once, so that the client knows that it is connected before the first event."""


def frame(event: str, document: str, seq: int | None = None) -> str:
    """The frame of one event; ``document`` is JSON on one line, ``seq`` is named by a client that reconnects."""
    identity = "" if seq is None else f"id: {seq}\n"
    return f"{identity}event: {event}\ndata: {document}\n\n"


def end_frame(reason: str) -> str:
    """The frame that ends a stream; ``reason`` is one word, so that no quoting is needed."""
    return frame("end", f'{{"reason": "{reason}"}}')


def wants_stream(is_asked_for: bool) -> bool:
    """Whether the client takes a stream rather than JSON, by a parameter or by what it accepts."""
    accepted = request.accept_mimetypes
    return is_asked_for or accepted.best_match(["application/json", EVENT_STREAM]) == EVENT_STREAM


def stream_response(context: WebContext, frames: Iterable[str], close: Callable[[], None]) -> Response:
    """An answer that goes on until ``frames`` end.

    ``close`` is called when the client goes away and when the server is about to end, from any thread; it makes
    whoever waits in ``frames`` return, and may be called more than once.

    Raises:
        TooManyStreamsError: as many are open as the limits allow.
    """
    try:
        context.open_streams.enter_or_refuse(context.config.limits.sockets)
    except TooManyStreamsError:
        close()
        raise
    forget = context.closing.on_begin(close)

    def release() -> None:
        forget()
        close()
        context.open_streams.leave()

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    if request.method == "HEAD":
        release()
        return Response(b"", headers=headers, content_type=EVENT_STREAM)
    response = Response(_with_beginning(frames), headers=headers, content_type=f"{EVENT_STREAM}; charset=utf-8")
    response.call_on_close(release)
    return response


def _with_beginning(frames: Iterable[str]) -> Iterator[str]:
    yield _BEGINNING
    yield from frames
