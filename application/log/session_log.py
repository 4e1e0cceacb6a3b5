"""Makes every change to a session in the same four steps: load, decide, append, publish."""

import logging
from collections.abc import Sequence
from typing import Final

from realtime_mlx_stt.domain.commands import ReportDegradation, ReportRestoration, SessionCommand
from realtime_mlx_stt.domain.decide import decide
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.events import SessionEvent
from realtime_mlx_stt.domain.evolve import evolve
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.state import INITIAL, SessionState
from realtime_mlx_stt.ports.clock import Clock
from realtime_mlx_stt.ports.event_bus import EventBus
from realtime_mlx_stt.ports.event_store import (
    EventStore,
    EventStoreError,
    SequenceConflictError,
    StoredEvent,
)

__all__ = ["SessionLog", "SessionNotFoundError"]

_LOGGER = logging.getLogger(__name__)
_EVENT_STORE_PART: Final = "event-store"

_RETRY_SECONDS: Final = 5.0
"""How long a store that failed is left alone: a locked one takes seconds to answer, and audio arrives meanwhile."""


class SessionNotFoundError(RealtimeSttError):
    """The log holds no session of that name."""

    code = "session-not-found"


class SessionLog:
    """One session's log and the state that it folds to. For one writer, on one thread at a time.

    When the store fails, commands are still decided and events published: the events are held in memory, a
    ``service-degraded`` among them says so, and later appends try again from time to time to store what is held.
    """

    def __init__(self, session_id: SessionId, store: EventStore, bus: EventBus, clock: Clock) -> None:
        self._session_id = session_id
        self._store = store
        self._bus = bus
        self._clock = clock
        self._state = INITIAL
        self._seq = 0
        self._unsaved: list[StoredEvent] = []
        self._next_try = 0.0

    @property
    def session_id(self) -> SessionId:
        """The session whose log this is."""
        return self._session_id

    @property
    def state(self) -> SessionState:
        """Where the session stands."""
        return self._state

    def load(self) -> None:
        """Fold what the store holds of the session.

        Raises:
            EventStoreError: it could not be read.
        """
        for stored in self._store.read(self._session_id, self._seq):
            self._advance(stored)

    def catch_up(self) -> None:
        """Take over and publish what another writer appended to the session.

        Raises:
            EventStoreError: it could not be read.
        """
        for stored in self._store.read(self._session_id, self._seq):
            self._publish((stored,))

    def execute(self, command: SessionCommand) -> tuple[SessionEvent, ...]:
        """Decide, append, publish; returns the events of the command, without those about the store itself.

        Raises:
            IllegalCommandError: the session cannot do this now; nothing was appended.
            SequenceConflictError: another writer has the session.
        """
        events = decide(command, self._state)
        if not events:
            return ()
        self._record(events)
        return events

    def change(self, command: SessionCommand) -> tuple[StoredEvent, ...]:
        """``execute`` for a session that nobody runs: events that cannot be stored now are not tried again later.

        Raises:
            IllegalCommandError: the session cannot do this; nothing was appended.
            EventStoreError: it could not be stored; nothing was published.
        """
        events = decide(command, self._state)
        stored = self._store.append(self._session_id, self._seq, events, self._clock.now())
        self._publish(stored)
        return stored

    def save_held(self) -> None:
        """Try to store what is held, if anything is, each event under the time at which it happened.

        Raises:
            SequenceConflictError: another writer has the session.
        """
        try:
            while self._unsaved:
                first = self._unsaved[0]
                self._store.append(self._session_id, first.seq - 1, (first.event,), first.recorded_at)
                del self._unsaved[0]
        except SequenceConflictError:
            raise
        except EventStoreError as error:
            _LOGGER.debug("Session %s still has no store: %s", self._session_id, error)
            self._wait()
            return
        restored = decide(ReportRestoration(part=_EVENT_STORE_PART), self._state)
        if restored:
            self._record(restored)

    def _record(self, events: Sequence[SessionEvent]) -> None:
        if self._unsaved:
            self._hold(events)
            if self._clock.monotonic() >= self._next_try:
                self.save_held()
            return
        try:
            stored = self._store.append(self._session_id, self._seq, events, self._clock.now())
        except SequenceConflictError:
            raise
        except EventStoreError as error:
            _LOGGER.warning("Session %s goes on without its store: %s", self._session_id, error)
            self._hold(events)
            degradation = ReportDegradation(part=_EVENT_STORE_PART, code=error.code, message=str(error))
            self._hold(decide(degradation, self._state))
            self._wait()
            return
        self._publish(stored)

    def _wait(self) -> None:
        self._next_try = self._clock.monotonic() + _RETRY_SECONDS

    def _hold(self, events: Sequence[SessionEvent]) -> None:
        held = tuple(
            StoredEvent(
                session_id=self._session_id,
                seq=self._seq + number,
                position=0,
                recorded_at=self._clock.now(),
                event=event,
            )
            for number, event in enumerate(events, start=1)
        )
        self._unsaved.extend(held)
        self._publish(held)

    def _publish(self, stored: Sequence[StoredEvent]) -> None:
        for event in stored:
            self._advance(event)
        self._bus.publish(stored)

    def _advance(self, stored: StoredEvent) -> None:
        self._state = evolve(self._state, stored.event)
        self._seq = stored.seq
