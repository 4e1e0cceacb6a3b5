"""Provides the events of a session, a page at a time or as a stream."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any, Final

import msgspec
from flask import Response, request
from msgspec import Meta

from realtime_mlx_stt.adapters.web.api.event_envelopes import EVENT_PAGE
from realtime_mlx_stt.adapters.web.api.operations import EVENT_STREAM, JSON, Answer, Operation, Reply
from realtime_mlx_stt.adapters.web.api.server_sent_events import (
    KEEP_ALIVE,
    KEEP_ALIVE_SECONDS,
    end_frame,
    frame,
    stream_response,
    wants_stream,
)
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.known_sessions import is_running, require_session
from realtime_mlx_stt.adapters.web.problems import BadRequestError
from realtime_mlx_stt.application.log.codec import envelope, envelope_line
from realtime_mlx_stt.application.log.stream import EventStream
from realtime_mlx_stt.domain.events import SESSION_ENDS, TranscriptRevised
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import EventStoreError, StoredEvent

__all__ = ["EventResources", "EventsWanted"]

_LAST_EVENT: Final = "Last-Event-ID"
_MAY_BE_LAST: Final = (*SESSION_ENDS, TranscriptRevised)


class EventsWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which events are wanted, and how."""

    after: Annotated[int, Meta(ge=0, le=2**53, description="Only events behind this `seq`.")] = 0
    limit: Annotated[int, Meta(ge=1, le=1000, description="So many at most; a stream has no limit.")] = 100
    wait_seconds: Annotated[
        float, Meta(ge=0, le=60, description="So long the answer waits for an event if there is none yet.")
    ] = 0.0
    stream: Annotated[bool, Meta(description="Asks for a stream, as `Accept: text/event-stream` does.")] = False


class EventResources:
    """Hands over what sessions record. Thread-safe."""

    def __init__(self, context: WebContext) -> None:
        self._context = context
        self._services = context.services

    def operations(self) -> tuple[Operation, ...]:
        """The part of the table that is about this."""
        return (
            Operation(
                method="GET",
                path="/sessions/{session_id}/events",
                name="list_events",
                group="Events",
                summary="Read a session's events, or follow them",
                description="As JSON a page at a time. As `text/event-stream` those of the past, then each as it "
                "happens: `id` is its `seq`, `event` its type, `data` its envelope; a comment every 15 s is a sign "
                "of life, and the event `end` says that no more comes and why (`session-over`, `server-closing` or "
                "the code of an error). A client that lost its connection goes on behind `Last-Event-ID`.",
                handle=self.list,
                query=EventsWanted,
                request_headers={_LAST_EVENT: "Only events behind this `seq`; it counts before `after`."},
                answers=(
                    Answer(meaning="Events in order.", media={JSON: EVENT_PAGE, EVENT_STREAM: None}),
                    Answer(
                        status=204,
                        meaning="A stream was to go on behind the end of a session: no more comes, and clients "
                        "need not connect again.",
                    ),
                ),
                problems=("session-not-found", "too-many-streams"),
            ),
        )

    def list(self, session_id: str, query: EventsWanted) -> object:
        """A page of events, or a stream."""
        wanted = require_session(self._services, session_id)
        after = _last_event()
        if not wants_stream(query.stream):
            return self._page(wanted, query.after if after is None else after, query)
        if after is not None and not self._read(wanted, after, 1) and self._is_over(wanted, after, ()):
            return Reply(status=204)
        return self._stream(wanted, query.after if after is None else after)

    def _page(self, session_id: SessionId, after: int, query: EventsWanted) -> dict[str, Any]:
        page = self._read(session_id, after, query.limit)
        is_over = len(page) < query.limit and self._is_over(session_id, after, page)
        if not page and not is_over and query.wait_seconds:
            self._await_news(session_id, after, query.wait_seconds)
            page = self._read(session_id, after, query.limit)
            is_over = len(page) < query.limit and self._is_over(session_id, after, page)
        return {
            "events": [envelope(stored) for stored in page],
            "next_after": page[-1].seq if page else after,
            "is_over": is_over,
        }

    def _read(self, session_id: SessionId, after: int, limit: int | None) -> tuple[StoredEvent, ...]:
        return tuple(islice(self._services.store.read(session_id, after), limit))

    def _is_over(self, session_id: SessionId, after: int, page: tuple[StoredEvent, ...]) -> bool:
        """Whether nothing follows the page, which reaches to the end of the log; revisions may come at any time."""
        if is_running(self._services, session_id):
            return False
        last = page[-1] if page else next(self._services.store.read(session_id, max(0, after - 1)), None)
        return last is None or isinstance(last.event, _MAY_BE_LAST)

    def _await_news(self, session_id: SessionId, after: int, wait_seconds: float) -> None:
        """Wait for an event as long as a stream might; such a request counts as a stream, as it keeps a thread."""
        with self._context.waiting():
            stream = self._services.orchestrator.follow(session_id, after)
            forget = self._context.closing.on_begin(stream.close)
            try:
                stream.wait(wait_seconds)
            finally:
                forget()
                stream.close()

    def _stream(self, session_id: SessionId, after: int) -> Response:
        stream = self._services.orchestrator.follow(session_id, after)
        return stream_response(self._context, self._frames(session_id, after, stream), stream.close)

    def _frames(self, session_id: SessionId, after: int, stream: EventStream) -> Iterator[str]:
        meter = self._context.traffic.meter()
        while not stream.is_over:
            try:
                stored = stream.wait(KEEP_ALIVE_SECONDS)
            except EventStoreError as error:
                if is_running(self._services, session_id):
                    continue  # the log is read again, at the latest when the session's next event is there
                yield end_frame(error.code)
                return
            if stored is not None:
                after = stored.seq
                yield _event_frame(stored)
                meter.sent(stored)
            elif not stream.is_over:
                yield KEEP_ALIVE
        if self._context.closing.is_begun:
            yield end_frame("server-closing")
        else:
            yield from self._revisions(session_id, after)

    def _revisions(self, session_id: SessionId, after: int) -> Iterator[str]:
        """The events that came after the session's end, and why no more come."""
        try:
            revisions = self._read(session_id, after, None)
        except EventStoreError as error:
            yield end_frame(error.code)
            return
        yield from map(_event_frame, revisions)
        yield end_frame("session-over")


def _event_frame(stored: StoredEvent) -> str:
    return frame(stored.event.type, envelope_line(stored), stored.seq)


def _last_event() -> int | None:
    """The last event that a client got before it lost its connection.

    Raises:
        BadRequestError: it is no number.
    """
    given = request.headers.get(_LAST_EVENT)
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 16):
        raise BadRequestError(f"{_LAST_EVENT} must be the `seq` of an event, got {given!r}.")
    return int(given)
