"""Sends messages and events on one stream, and records how far the events have got."""

from collections import deque

import msgspec

from realtime_mlx_stt.adapters.web.stream.messages import CommandId, ProblemMessage, ServerMessage
from realtime_mlx_stt.adapters.web.stream_traffic import StreamMeter
from realtime_mlx_stt.adapters.web.websocket.close_codes import close_code_of
from realtime_mlx_stt.adapters.web.websocket.connection import WebSocketConnection
from realtime_mlx_stt.application.log.codec import envelope_line
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["StreamOutlet"]

_ENCODER = msgspec.json.Encoder()


class StreamOutlet:
    """Sends on one connection, for its thread."""

    def __init__(self, connection: WebSocketConnection, meter: StreamMeter) -> None:
        self._connection = connection
        self._meter = meter
        self._sent_messages = 0
        self._sent_seq = 0
        self._handed_seq = 0
        self._places: deque[tuple[int, int]] = deque()

    @property
    def sent_seq(self) -> int:
        """The ``seq`` of the last event that was sent, whether the network has taken it or not."""
        return self._sent_seq

    @property
    def handed_seq(self) -> int:
        """The ``seq`` of the last event that the network has taken: it reaches the client before a close does."""
        while self._places and self._places[0][0] <= self._connection.handed_messages:
            self._handed_seq = self._places.popleft()[1]
        return self._handed_seq

    @property
    def waiting_bytes(self) -> int:
        """How many bytes the network has not taken yet."""
        return self._connection.waiting_bytes

    def begin_after(self, seq: int) -> None:
        """Note that the client has seen the events up to this one."""
        self._sent_seq = self._handed_seq = seq

    def say(self, message: ServerMessage) -> None:
        """Send a message."""
        self._send(_ENCODER.encode(message).decode())

    def tell(self, stored: StoredEvent) -> None:
        """Send an event."""
        self._send(envelope_line(stored))
        self._meter.sent(stored)
        self._sent_seq = stored.seq
        self._places.append((self._sent_messages, stored.seq))
        if len(self._places) > 1000:
            _ = self.handed_seq  # forgets those that were handed over

    def report(self, error: RealtimeSttError, command_id: CommandId = None) -> None:
        """Send a problem."""
        self.say(ProblemMessage(id=command_id, code=error.code, message=str(error)))

    def leave_out(self) -> None:
        """Note that an event is not sent because the client reads too slowly."""
        self._meter.skipped()

    def fail(self, error: RealtimeSttError) -> None:
        """Send why the stream cannot go on, and close the connection."""
        self.report(error)
        self._connection.close(close_code_of(error), error.code)

    def wake_within(self, seconds: float) -> None:
        """Have the stream woken once within this time."""
        self._connection.wake_within(seconds)

    def wake_when_drained(self) -> None:
        """Have the stream woken when the network has taken all that was sent."""
        self._connection.wake_when_drained()

    def _send(self, text: str) -> None:
        self._connection.send(text)
        self._sent_messages += 1
