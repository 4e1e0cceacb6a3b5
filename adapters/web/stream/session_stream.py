"""Serves a session's stream on one connection: the client's first message, then events, audio and commands."""

import time
from typing import Final

import msgspec

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.stream.messages import (
    ClientMessage,
    Open,
    ServerClosing,
    StreamOpened,
)
from realtime_mlx_stt.adapters.web.stream.session_link import SessionLink
from realtime_mlx_stt.adapters.web.stream.stream_errors import BadMessageError, StreamNotOpenedError
from realtime_mlx_stt.adapters.web.stream.stream_opening import StreamOpening
from realtime_mlx_stt.adapters.web.stream.stream_outlet import StreamOutlet
from realtime_mlx_stt.adapters.web.websocket.connection import WebSocketConnection
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.identifiers import SessionId

__all__ = ["SessionStream", "StreamAddress"]

_OPEN_SECONDS: Final = 10.0
"""How long a client may take to open its stream, unless half of the idle time is less."""

_DECODER: Final = msgspec.json.Decoder(ClientMessage)


class StreamAddress(msgspec.Struct, frozen=True, kw_only=True):
    """What the address says: the session, None for one that is to be created; and after which event to begin.

    A client that gives ``after`` here need not say anything: the stream is open at once.
    """

    session_id: SessionId | None = None
    after: str | None = None


class SessionStream:
    """The ``WebSocketHandler`` of a stream."""

    def __init__(
        self, connection: WebSocketConnection, context: WebContext, opening: StreamOpening, address: StreamAddress
    ) -> None:
        self._connection = connection
        self._context = context
        self._opening = opening
        self._address = address
        self._outlet = StreamOutlet(connection, context.traffic.meter())
        self._link: SessionLink | None = None
        self._knows_of_end = False
        self._open_seconds = min(_OPEN_SECONDS, context.config.limits.idle_seconds / 2)
        self._open_until = time.monotonic() + self._open_seconds

    def opened(self) -> None:
        """Open the stream if the address says enough, or wait for the client's first message."""
        if self._address.after is None:
            self._connection.wake_within(self._open_seconds)
            return
        try:
            self._open(msgspec.convert({"type": "open", "after": self._address.after}, Open, strict=False))
        except msgspec.ValidationError as error:
            self._outlet.fail(BadMessageError(f"'after' in the address is not the number of an event: {error}."))

    def received(self, message: str | bytes) -> None:
        """Handle the client's message; one that is not of the protocol is answered, and changes nothing."""
        try:
            self._heed(message)
        except RealtimeSttError as error:
            if self._link is None:
                self._outlet.fail(error)
            else:
                self._outlet.report(error)

    def woken(self) -> None:
        """Send what there is, or give up a client that does not open its stream."""
        if self._link is not None:
            self._link.advance()
        elif time.monotonic() >= self._open_until:
            self._outlet.fail(StreamNotOpenedError("The first message must be 'open', and it must come at once."))
        if self._context.closing.is_announced and not self._knows_of_end:
            self._knows_of_end = True
            self._outlet.say(ServerClosing(resume_after=self._outlet.sent_seq))

    def closed(self, code: int, reason: str) -> None:
        """Leave the session, which goes on."""
        if self._link is not None:
            self._link.close()

    def _heed(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            if self._link is None:
                raise BadMessageError("The first message must be 'open', in JSON; audio comes after it.")
            self._link.hear(message)
            return
        decoded = _decoded(message)
        if isinstance(decoded, Open):
            if self._link is not None:
                raise BadMessageError("The stream is open already.")
            self._open(decoded)
        elif self._link is None:
            raise BadMessageError("The first message must be 'open'; commands come after it.")
        else:
            self._link.do(decoded)

    def _open(self, message: Open) -> None:
        try:
            session_id = self._address.session_id
            if session_id is None:
                session_id = self._opening.start(message)
            else:
                session_id = self._opening.find(session_id, message)
            link = SessionLink(self._connection, self._context, self._outlet, session_id, message)
            next_position = link.begin()
        except RealtimeSttError as error:
            self._outlet.fail(error)
            return
        self._link = link
        opened = StreamOpened(session_id=session_id, after=message.after, next_position=next_position)
        self._outlet.say(opened)
        self._connection.wake()


def _decoded(message: str) -> ClientMessage:
    try:
        decoded: ClientMessage = _DECODER.decode(message)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BadMessageError(f"This is no message of the protocol: {error}.") from error
    return decoded
