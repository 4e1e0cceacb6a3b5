"""Decides which callback is called for each event of a session, and with what."""

import logging
from collections.abc import Callable
from typing import ParamSpec, Protocol

from realtime_mlx_stt.adapters.python_api.results import TranscriptionResult
from realtime_mlx_stt.adapters.python_api.session.problems import problem_of
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.events import (
    HypothesisRevised,
    SessionEvent,
    SessionStarted,
    SpeechEnded,
    SpeechStarted,
    TranscriptionFailed,
    UtteranceRejected,
    UtteranceTranscribed,
    WakeWordDetected,
)
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["EventCalls", "EventTranslation", "SessionCallbacks", "tell_error"]

_LOGGER = logging.getLogger(__name__)
_Arguments = ParamSpec("_Arguments")


class SessionCallbacks(Protocol):
    """Holds a program's callbacks; each is None when the program does not want it, and may change at any time."""

    on_transcription: Callable[[TranscriptionResult], None] | None
    on_speech_start: Callable[[float], None] | None
    on_speech_end: Callable[[float], None] | None
    on_wake_word: Callable[[str, float], None] | None
    on_error: Callable[[Exception], None] | None
    on_partial: Callable[[str], None] | None
    on_event: Callable[[StoredEvent], None] | None


def tell_error(callbacks: SessionCallbacks, error: Exception) -> None:
    """Give the error to ``on_error``, or to the program's log when there is none or it fails itself."""
    if callbacks.on_error is None:
        _LOGGER.error("%s: %s", type(error).__name__, error, exc_info=_place_of(error))
        return
    try:
        callbacks.on_error(error)
    except BaseException:  # the thread that calls it is not the callback's to end
        _LOGGER.exception("The callback for errors failed itself, on %s: %s", type(error).__name__, error)


def _place_of(error: Exception) -> Exception | None:
    """The error, with its traceback if it is a program's own, which is needed to find it; ours need none."""
    return None if isinstance(error, RealtimeSttError) else error


class EventTranslation:
    """Remembers what results need of a session: when it began, and how long each utterance was."""

    def __init__(self) -> None:
        self._started_at = 0.0
        self._durations: dict[UtteranceId, float] = {}

    def note(self, event: SessionEvent) -> None:
        """Take in an event; every event of the session, in order."""
        match event:
            case SessionStarted():
                self._started_at = event.started_at
            case UtteranceRejected() | TranscriptionFailed():
                self._durations.pop(event.utterance_id, None)
            case SpeechEnded():
                self._durations[event.utterance_id] = samples_to_seconds(event.end_sample - event.start_sample)
            case _:
                pass

    def time_of(self, sample: int) -> float:
        """When a sample was captured, in seconds since 1970."""
        return self._started_at + samples_to_seconds(sample)

    def result(self, event: UtteranceTranscribed, recorded_at: float) -> TranscriptionResult:
        """The final text as a result."""
        return TranscriptionResult(
            text=event.text,
            confidence=event.confidence,
            timestamp=recorded_at,
            duration=self._durations.pop(event.utterance_id, None),
            language=event.language,
            words=event.words,
        )


class EventCalls:
    """Calls what a program wants to hear of a session's events. For one thread."""

    def __init__(self, callbacks: SessionCallbacks) -> None:
        self._callbacks = callbacks
        self._translation = EventTranslation()

    def hear(self, stored: StoredEvent) -> None:
        """Call the callbacks for the event, ``on_event`` first; one that raises does not stop the others."""
        callbacks, translation, event = self._callbacks, self._translation, stored.event
        translation.note(event)
        _LOGGER.info("%s %d %s", stored.session_id, stored.seq, event)
        self._call(callbacks.on_event, stored)
        match event:
            case SpeechStarted():
                self._call(callbacks.on_speech_start, translation.time_of(event.detected_at_sample))
            case SpeechEnded():
                self._call(callbacks.on_speech_end, translation.time_of(event.detected_at_sample))
            case HypothesisRevised():
                self._call(callbacks.on_partial, event.stable_text + event.unstable_text)
            case UtteranceTranscribed():
                self._call(callbacks.on_transcription, translation.result(event, stored.recorded_at))
            case WakeWordDetected():
                self._call(callbacks.on_wake_word, event.word, event.score)
            case _:
                pass
        problem = problem_of(event)
        if problem is not None:
            tell_error(callbacks, problem)

    def _call(
        self, callback: Callable[_Arguments, None] | None, *arguments: _Arguments.args, **named: _Arguments.kwargs
    ) -> None:
        if callback is None:
            return
        try:
            callback(*arguments, **named)
        except Exception as error:  # noqa: BLE001 - a program's callback may raise anything
            tell_error(self._callbacks, error)
        except BaseException as error:  # noqa: BLE001 - it may also want to end a thread that is not its own
            tell_error(self._callbacks, RuntimeError(f"A callback cannot end the program: {error!r}"))
