"""Links one client and one session once the stream is open."""

from typing import Final

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.stream.audio_inlet import AudioInlet
from realtime_mlx_stt.adapters.web.stream.command_desk import CommandDesk
from realtime_mlx_stt.adapters.web.stream.event_feed import EventFeed, Feeding
from realtime_mlx_stt.adapters.web.stream.messages import (
    Command,
    CommandDone,
    EndAudio,
    Open,
    Ping,
    SkipAudio,
    StreamEnded,
)
from realtime_mlx_stt.adapters.web.stream.stream_commands import StreamCommands
from realtime_mlx_stt.adapters.web.stream.stream_outlet import StreamOutlet
from realtime_mlx_stt.adapters.web.websocket.close_codes import CloseCode
from realtime_mlx_stt.adapters.web.websocket.connection import WebSocketConnection
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import EventStoreError

__all__ = ["SessionLink"]

_MOST_BEHIND: Final = 3
"""A client that has been behind for the idle time divided by this is given up."""

_SIGNS_OF_LIFE: Final = 4
"""How often the session is shown that its client is there, in the time after which it would be given up."""


class SessionLink:
    """Joins a session's events, audio and commands on one connection; for its thread."""

    def __init__(
        self,
        connection: WebSocketConnection,
        context: WebContext,
        outlet: StreamOutlet,
        session_id: SessionId,
        message: Open,
    ) -> None:
        orchestrator = context.services.orchestrator
        self._connection = connection
        self._outlet = outlet
        self._session_id = session_id
        self._sends_audio = message.audio is not None
        alive_seconds = context.config.limits.abandoned_seconds / _SIGNS_OF_LIFE
        self._inlet = AudioInlet(orchestrator, session_id, outlet, alive_seconds)
        self._desk: CommandDesk[Command] = CommandDesk(StreamCommands(context, session_id).begin, connection.wake)
        self._audio_problem = ""
        outlet.begin_after(message.after)
        events = orchestrator.follow(session_id, message.after, connection.wake)
        self._feed = EventFeed(events, outlet, context.config.limits.idle_seconds / _MOST_BEHIND)

    def begin(self) -> int | None:
        """Where the client's audio goes on, None where the session takes none.

        Raises:
            RealtimeSttError: the client wants to send audio, and the session takes none; the stream is closed.
        """
        try:
            return self._inlet.begin(sends_audio=self._sends_audio)
        except RealtimeSttError:
            self.close()
            raise

    def hear(self, frame: bytes) -> None:
        """Take a frame of audio; a problem is reported once, not for each frame that has it."""
        try:
            self._inlet.take(frame)
        except RealtimeSttError as error:
            if error.code != self._audio_problem:
                self._audio_problem = error.code
                self._inlet.settle()
                self._outlet.report(error)
        else:
            self._audio_problem = ""

    def do(self, command: Command) -> None:
        """Run a command, at once or with the desk's help; the answer reports the result."""
        try:
            if isinstance(command, EndAudio):
                self._inlet.check_complete()
            if isinstance(command, SkipAudio):
                self._inlet.skip(command.to)
            if isinstance(command, SkipAudio | Ping):
                self._answer(command, None)
            else:
                self._desk.submit(command)
        except RealtimeSttError as error:
            self._answer(command, error)

    def advance(self) -> None:
        """Do what is due."""
        self._advance_audio()
        for outcome in self._desk.outcomes():
            self._answer(outcome.command, outcome.error)
        try:
            self._heed(self._feed.advance())
        except EventStoreError as error:
            self._outlet.fail(error)

    def close(self) -> None:
        """Leave the session."""
        self._feed.close()
        self._desk.close()

    def _advance_audio(self) -> None:
        try:
            self._inlet.advance()
        except RealtimeSttError as error:
            self._outlet.report(error)

    def _heed(self, feeding: Feeding) -> None:
        if feeding is Feeding.MORE:
            self._connection.wake()
        elif feeding is Feeding.TOO_SLOW:
            reason = f"resume after {self._outlet.handed_seq}"
            self._connection.close(CloseCode.TOO_SLOW, reason, drops_waiting=True)
        elif feeding is Feeding.OVER and not self._desk.is_busy:
            self._inlet.settle()
            self._outlet.say(StreamEnded(session_id=self._session_id))
            self._connection.close(CloseCode.NORMAL, "session over")

    def _answer(self, command: Command, error: RealtimeSttError | None) -> None:
        self._inlet.settle()
        if error is not None:
            self._outlet.report(error, command.id)
        else:
            self._outlet.say(CommandDone(id=command.id))
