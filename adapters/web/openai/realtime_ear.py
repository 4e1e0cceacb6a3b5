"""Hears what a realtime client sends, with a session of its own for the sound between two commits."""

from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.openai.errors import InvalidParameterError
from realtime_mlx_stt.adapters.web.openai.item_builders import CommittedItem, ItemBuilder, TurnItems
from realtime_mlx_stt.adapters.web.openai.realtime_events import ServerEvents
from realtime_mlx_stt.adapters.web.openai.realtime_settings import SAMPLE_RATE_HZ
from realtime_mlx_stt.adapters.web.session_starts import start_session
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.application.session.runner import SessionNotRunningError
from realtime_mlx_stt.domain.events import SESSION_ENDS, SessionEvent, SessionFailed
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["RealtimeEar"]

_SAMPLE_BYTES: Final = 2
_SHORTEST_COMMIT_FRAMES: Final = SAMPLE_RATE_HZ // 10


@dataclass(slots=True)
class _Run:
    """One session; ``frames`` of sound were sent to it."""

    session_id: SessionId
    items: ItemBuilder
    frames: int = 0


class RealtimeEar:
    """The sessions of one connection, one after the other. For the connection's thread.

    A commit ends the audio of its session: all sound sent before it is heard first, and its item is whole when the
    session is over. Its last texts may come while the next session is already hearing.

    ``wake``: called on any thread when there is something to ``tell``.
    ``failed``: the end of the session that failed, None as long as none has.
    """

    def __init__(self, context: WebContext, says: ServerEvents, wake: Callable[[], None]) -> None:
        self._context = context
        self._orchestrator = context.services.orchestrator
        self._says = says
        self._wake = wake
        self._heard: SimpleQueue[StoredEvent] = SimpleQueue()
        self._runs: dict[SessionId, _Run] = {}
        self._run: _Run | None = None
        self._frames_before = 0
        self.failed: SessionFailed | None = None

    @property
    def is_hearing(self) -> bool:
        """Whether sound was sent since the last commit."""
        return self._run is not None

    def take(self, payload: bytes, config: PipelineConfig, *, detects_turns: bool) -> bool:
        """Take more sound; False if there is no room for it now, because the session is half a minute behind.

        Raises:
            RealtimeSttError: it cannot be heard.
        """
        if len(payload) % _SAMPLE_BYTES:
            raise InvalidParameterError("Sound is whole numbers of 16 bits; a byte is missing.", "audio")
        run = self._run or self._begin(config, detects_turns=detects_turns)
        try:
            is_taken = not self._orchestrator.push_audio(run.session_id, payload).is_full
        except SessionNotRunningError:  # somebody else has stopped it: this is for the next
            self._leave()
            return False
        if is_taken:
            run.frames += len(payload) // _SAMPLE_BYTES
        return is_taken

    def commit(self) -> None:
        """Have everything written that was sent since the last commit.

        Raises:
            InvalidParameterError: that is not even a tenth of a second.
        """
        self.tell()
        run = self._run
        if run is None or run.frames < _SHORTEST_COMMIT_FRAMES:
            raise InvalidParameterError(
                "There is nothing to commit: less than 100 ms of sound were sent since the last commit.", "audio"
            )
        run.items.commit()
        self.end()

    def end(self) -> None:
        """Take no more sound into the session that hears; it writes what it has heard."""
        run = self._leave()
        if run is not None:
            self._orchestrator.end_audio(run.session_id)

    def clear(self) -> None:
        """Drop what was sent since the last commit: nothing more is told of it."""
        self.tell()
        run = self._leave()
        if run is not None:
            del self._runs[run.session_id]
            self._orchestrator.request_stop(run.session_id, 0.0)

    def tell(self) -> None:
        """Tell the client of all that has happened by now."""
        while not self._heard.empty():
            stored = self._heard.get_nowait()
            run = self._runs.get(stored.session_id)
            if run is not None:
                run.items.take(stored.event)
                self._heed_end(run, stored.event)

    def close(self) -> None:
        """End the sessions; what they owe is written to the log."""
        for session_id in self._runs:
            self._orchestrator.request_stop(session_id)

    def _begin(self, config: PipelineConfig, *, detects_turns: bool) -> _Run:
        kind = TurnItems if detects_turns else CommittedItem
        items = kind(self._says, self._frames_before * 1000 // SAMPLE_RATE_HZ)
        session_id = start_session(self._context, config, self._note)
        run = self._run = self._runs[session_id] = _Run(session_id, items)
        return run

    def _leave(self) -> _Run | None:
        """Let the next sound begin another session; returns the one that heard until now, if any."""
        run, self._run = self._run, None
        if run is not None:
            self._frames_before += run.frames
        return run

    def _heed_end(self, run: _Run, event: SessionEvent) -> None:
        """Forget a session that is over."""
        if isinstance(event, SessionFailed):
            self.failed = event
        if isinstance(event, SESSION_ENDS):
            del self._runs[run.session_id]
            if run is self._run:
                self._leave()

    def _note(self, stored: StoredEvent) -> None:
        """Keep the event for the connection's thread; it may come before the session's start has returned."""
        self._heard.put(stored)
        self._wake()
