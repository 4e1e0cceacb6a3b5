"""Serves the transcription part of OpenAI's realtime API on one WebSocket."""

from collections import deque
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.openai.errors import InvalidParameterError
from realtime_mlx_stt.adapters.web.openai.item_builders import failure
from realtime_mlx_stt.adapters.web.openai.realtime_ear import RealtimeEar
from realtime_mlx_stt.adapters.web.openai.realtime_events import ServerEvents, new_id
from realtime_mlx_stt.adapters.web.openai.realtime_messages import (
    AppendAudio,
    ClearAudio,
    ClientEvent,
    CommitAudio,
    UpdateSession,
    is_beta,
    read_event,
)
from realtime_mlx_stt.adapters.web.openai.realtime_settings import RealtimeSettings
from realtime_mlx_stt.adapters.web.problem_documents import Problem
from realtime_mlx_stt.adapters.web.problems import problem_of
from realtime_mlx_stt.adapters.web.websocket.close_codes import CloseCode
from realtime_mlx_stt.adapters.web.websocket.connection import WebSocketConnection
from realtime_mlx_stt.application.session.runner import SessionNotRunningError
from realtime_mlx_stt.domain.errors import RealtimeSttError

__all__ = ["RealtimeConnection", "RealtimeGreeting"]

_INTENT: Final = "transcription"
_RETRY_SECONDS: Final = 0.05
_MOST_WAITING_BYTES: Final = 30_000_000
"""How much sound may wait: ten minutes beyond the half minute that the session takes."""

_BEHIND: Final = Problem(
    status=429,
    code="audio-behind",
    detail="More than ten minutes of sound wait to be heard; send no faster than that.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RealtimeGreeting:
    """What a client asks for when it connects: what it wants, by which model, in which generation's words."""

    intent: str | None
    model: str | None
    speaks_beta: bool


class RealtimeConnection:
    """A ``WebSocketHandler``. What the client sends is done in its order, each piece when there is room for it."""

    def __init__(self, context: WebContext, connection: WebSocketConnection, greeting: RealtimeGreeting) -> None:
        self._context = context
        self._connection = connection
        self._session_id = new_id("sess")
        self._intent = greeting.intent
        self._settings = RealtimeSettings(model=greeting.model or RealtimeSettings().model)
        self._says = ServerEvents(connection.send, is_beta=greeting.speaks_beta)
        self._ear = RealtimeEar(context, self._says, connection.wake)
        self._waiting: deque[ClientEvent] = deque()
        self._waiting_bytes = 0

    def opened(self) -> None:
        """Describe the session to the client; a client that wants what is not offered is sent away."""
        try:
            if self._intent != _INTENT:
                raise InvalidParameterError(
                    "This server only transcribes: come with ?intent=transcription.", "intent"
                )
            self._config = self._settings.config(self._context)
        except RealtimeSttError as error:
            self._refuse(error)
            self._connection.close(CloseCode.NOT_FOUND, error.code)
            return
        self._tell_session("created")

    def received(self, message: str | bytes) -> None:
        """Do what the client's event asks for, after those that wait."""
        document: dict[str, Any] = {}
        try:
            document = _json_object(message)
            event = read_event(document)
        except InvalidParameterError as error:
            given = document.get("event_id")
            self._refuse(error, given if isinstance(given, str) else None)
            return
        self._waiting.append(event)
        self._waiting_bytes += _sound_bytes(event)
        self._advance()
        if self._waiting_bytes > _MOST_WAITING_BYTES:
            self._says.error(_BEHIND)
            self._connection.close(CloseCode.TRY_AGAIN_LATER, _BEHIND.code)

    def woken(self) -> None:
        """Report what has happened, and do what has waited for room."""
        self._ear.tell()
        self._advance()

    def closed(self, code: int, reason: str) -> None:
        """End what the client had begun; its texts are written to the log."""
        self._ear.close()

    def _advance(self) -> None:
        while self._waiting and self._ear.failed is None:
            if not self._attempt(self._waiting[0]):
                self._connection.wake_within(_RETRY_SECONDS)
                return
            self._waiting_bytes -= _sound_bytes(self._waiting.popleft())
        failed = self._ear.failed
        if failed is not None and self._connection.is_open:
            self._says.error(failure(failed.code, failed.message))
            self._connection.close(CloseCode.DEFECT, failed.code)

    def _attempt(self, event: ClientEvent) -> bool:
        """Do it; False if there is no room for its sound now."""
        try:
            return self._do(event)
        except SessionNotRunningError:
            self._connection.wake()  # somebody else has stopped it, as its events say
        except RealtimeSttError as error:
            self._refuse(error, event.event_id)
        return True

    def _do(self, event: ClientEvent) -> bool:
        match event:
            case AppendAudio():
                return self._ear.take(event.audio, self._config, detects_turns=self._settings.detects_turns)
            case CommitAudio():
                self._ear.commit()
            case ClearAudio():
                self._ear.clear()
                self._says.cleared()
            case UpdateSession():
                self._update(event)
        return True

    def _update(self, event: UpdateSession) -> None:
        """Change the session for all sound that comes from now on, once it is certain to be possible."""
        settings = self._settings.changed(event.session)
        config = settings.config(self._context)
        self._context.services.orchestrator.check_pipeline(config)
        if settings != self._settings:
            if self._ear.is_hearing and not self._settings.detects_turns:
                raise InvalidParameterError("Commit or clear the sound that was sent, then change this.", "session")
            self._ear.end()
        self._settings, self._config = settings, config
        self._says.is_beta = is_beta(event)
        self._tell_session("updated")

    def _refuse(self, error: RealtimeSttError, event_id: str | None = None) -> None:
        parameter = error.parameter if isinstance(error, InvalidParameterError) else None
        self._says.error(problem_of(error), parameter, event_id)

    def _tell_session(self, what: str) -> None:
        document = self._settings.document(self._session_id, self._config, is_beta=self._says.is_beta)
        self._says.session(what, document)


def _sound_bytes(event: ClientEvent) -> int:
    return len(event.audio) if isinstance(event, AppendAudio) else 0


def _json_object(message: str | bytes) -> dict[str, Any]:
    if isinstance(message, bytes):
        raise InvalidParameterError("Events are JSON in text messages; sound goes into them in base64.", "type")
    try:
        return msgspec.json.decode(message, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InvalidParameterError(f"An event is a JSON object; this is none: {error}.", "type") from error
