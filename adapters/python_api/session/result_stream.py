"""Takes a session's final texts one after another, until it is time to stop."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Final, Self

from realtime_mlx_stt.adapters.python_api.process_services import services
from realtime_mlx_stt.adapters.python_api.results import TranscriptionResult
from realtime_mlx_stt.adapters.python_api.session.problems import problem_of
from realtime_mlx_stt.adapters.python_api.session.running_sessions import stop_if_going_on
from realtime_mlx_stt.adapters.python_api.session.session import TranscriptionSession
from realtime_mlx_stt.adapters.python_api.session.session_callbacks import EventTranslation
from realtime_mlx_stt.application.log.stream import EventStream
from realtime_mlx_stt.application.orchestrator import STOP_SECONDS
from realtime_mlx_stt.application.session.runner import SessionNotRunningError
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.events import (
    SessionEvent,
    SessionFailed,
    SpeechEnded,
    SpeechStarted,
    TranscriptionFailed,
    UtteranceRejected,
    UtteranceTranscribed,
)
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["LONGEST_WAIT_SECONDS", "ListeningLimits", "ResultStream", "joined_text", "texts_of"]

_OVER_SECONDS: Final = 2.0
"""How long a session may take to end after its last texts came or were given up; far more than it needs."""

LONGEST_WAIT_SECONDS: Final = 365 * 86_400.0
"""A thread cannot wait for all the seconds that a program may name, so this is the longest wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningLimits:
    """When a call stops listening by itself; None for never.

    ``duration_seconds``: after so much time.
    ``silence_seconds``: so long after the end of the last speech, once one utterance has its text or has failed.
    ``ends_with_utterance``: as soon as there is a text and no utterance is open or awaits one. A failed text is an
    error then.
    ``needs_every_text``: whether a failed text is an error in any case.
    ``last_texts_seconds``: how long the texts that are still owed are awaited after such a stop.
    """

    duration_seconds: float | None = None
    silence_seconds: float | None = None
    ends_with_utterance: bool = False
    needs_every_text: bool = False
    last_texts_seconds: float = STOP_SECONDS


class ResultStream:
    """The final texts of a session that has been started, to be iterated once, by one thread.

    At the limits the session is stopped; what is being said then is still written, and comes last. Whoever stops
    iterating before the end must ``close`` the stream.
    """

    def __init__(self, session: TranscriptionSession, limits: ListeningLimits) -> None:
        if session.session_id is None:
            raise SessionNotRunningError("The session has not been started.")
        self._session = session
        self._session_id = session.session_id
        self._last_texts_seconds = limits.last_texts_seconds
        self._listening = _ListeningState(limits)
        self._results = self._taken()
        self._events: EventStream = services().orchestrator.follow(session.session_id)

    @property
    def session(self) -> TranscriptionSession:
        """The session whose texts these are."""
        return self._session

    def stop(self) -> None:
        """Stop the session; its last texts still come. Idempotent; may be called on any thread."""
        if self._session.is_going_on():
            services().orchestrator.request_stop(self._session_id, self._last_texts_seconds)
            self._session.stop()

    def __iter__(self) -> Self:
        """The stream itself: each text is handed out once."""
        return self

    def __next__(self) -> TranscriptionResult:
        """Wait for the next text.

        Raises:
            SessionProblemError: the session failed.
            TimeoutError: the session was stopped and does not end.
        """
        return next(self._results)

    def close(self) -> None:
        """Stop the session, and yield nothing more; idempotent."""
        self.stop()
        self._events.close()

    def _taken(self) -> Iterator[TranscriptionResult]:
        try:
            while (stored := self._next()) is not None:
                result = self._listening.take(stored)
                if result is not None:
                    yield result
        finally:
            self.close()

    def _next(self) -> StoredEvent | None:
        """The next event; at the limits the session is stopped, and its last events follow."""
        stored = self._events.wait(self._listening.patience_seconds())
        if stored is not None or self._events.is_over:
            return stored
        self.stop()
        stored = self._events.wait(self._last_texts_seconds + _OVER_SECONDS)
        if stored is None and not self._events.is_over:
            raise TimeoutError("Transcription timed out")
        return stored


@contextmanager
def texts_of(
    session: TranscriptionSession, limits: ListeningLimits, start: Callable[[], object]
) -> Iterator[ResultStream]:
    """Start the session, and have its texts within the block; when that is left in any way, the session is over.

    Raises:
        Exception: whatever ``start`` raises.
    """
    try:
        start()
        with closing(ResultStream(session, limits)) as results:
            yield results
    finally:
        stop_if_going_on(session)


def joined_text(results: Iterable[TranscriptionResult]) -> str:
    """All that was said."""
    return " ".join(result.text for result in results)


class _ListeningState:
    """What is known of a session so far, from which follows how long to go on listening."""

    def __init__(self, limits: ListeningLimits) -> None:
        self._limits = limits
        self._translation = EventTranslation()
        self._unfinished: set[UtteranceId] = set()
        self._has_heard_something = False
        self._silent_since: float | None = None
        duration = limits.duration_seconds
        self._latest = None if duration is None else monotonic() + duration

    def patience_seconds(self) -> float | None:
        """How long to wait for the next event before the session is stopped; None for ever."""
        moments = [self._latest, self._end_of_patience_with_silence()]
        known = [moment for moment in moments if moment is not None]
        return min(max(0.0, min(known) - monotonic()), LONGEST_WAIT_SECONDS) if known else None

    def take(self, stored: StoredEvent) -> TranscriptionResult | None:
        """Take the next event; its final text, if it has one.

        Raises:
            SessionProblemError: the session failed, or a text that is needed failed.
        """
        event = stored.event
        self._translation.note(event)
        self._keep_account(event)
        if self._is_fatal(event) and (problem := problem_of(event)) is not None:
            raise problem
        if not isinstance(event, UtteranceTranscribed):
            return None
        return self._translation.result(event, stored.recorded_at)

    def _keep_account(self, event: SessionEvent) -> None:
        match event:
            case SpeechStarted():
                self._unfinished.add(event.utterance_id)
                self._silent_since = None
            case SpeechEnded():
                silent_seconds = samples_to_seconds(event.detected_at_sample - event.end_sample)
                self._silent_since = monotonic() - silent_seconds
            case UtteranceTranscribed() | TranscriptionFailed():
                self._unfinished.discard(event.utterance_id)
                self._has_heard_something = True
            case UtteranceRejected():
                self._unfinished.discard(event.utterance_id)
            case _:
                pass

    def _is_fatal(self, event: SessionEvent) -> bool:
        needs_it = self._limits.ends_with_utterance or self._limits.needs_every_text
        return isinstance(event, SessionFailed) or (needs_it and isinstance(event, TranscriptionFailed))

    def _end_of_patience_with_silence(self) -> float | None:
        if not self._has_heard_something or self._silent_since is None or self._unfinished:
            return None
        if self._limits.ends_with_utterance:
            return self._silent_since
        silence = self._limits.silence_seconds
        return None if silence is None else self._silent_since + silence
