"""Gives commands to running sessions, and passes on the audio that a client sends."""

from collections.abc import Callable
from typing import Final

from flask import request

from realtime_mlx_stt.adapters.web.api.operations import JSON, Answer, Operation, Reply
from realtime_mlx_stt.adapters.web.api.session_types import PushPlace, PushTaken, SessionView, Stop
from realtime_mlx_stt.adapters.web.api.session_views import OVER, session_view
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.known_sessions import is_running, require_session
from realtime_mlx_stt.application.session.runner import SessionNotRunningError
from realtime_mlx_stt.domain.identifiers import SessionId

__all__ = ["SessionCommands"]

_PROBLEMS: Final = ("illegal-command", "session-not-found", "session-not-running", "session-unresponsive")


class SessionCommands:
    """Commands to running sessions. Thread-safe."""

    def __init__(self, context: WebContext) -> None:
        self._services = context.services

    def operations(self) -> tuple[Operation, ...]:
        """The part of the table that is about this."""
        return (
            self._command("pause", self.pause, "Listen no more until resumed"),
            self._command("resume", self.resume, "Listen again"),
            self._command("commit", self.commit, "End the open utterance here (push-to-talk)"),
            Operation(
                method="POST",
                path="/sessions/{session_id}/stop",
                name="stop_session",
                group="Commands",
                summary="Stop a session",
                description="No more audio is taken, the texts that are owed are finished, and the session ends. "
                "Stopping one that is over changes nothing.",
                handle=self.stop,
                query=Stop,
                answers=(
                    Answer(meaning="The session is over.", media={JSON: SessionView}),
                    Answer(status=202, meaning="The session is about to end.", media={JSON: SessionView}),
                ),
                problems=("session-not-found", "session-not-running"),
            ),
            Operation(
                method="POST",
                path="/sessions/{session_id}/audio",
                name="push_audio",
                group="Commands",
                summary="Send audio to a session that waits for it",
                description="The body is audio as the session's source was declared. An empty one says that more "
                "will come.",
                handle=self.push,
                query=PushPlace,
                raw_bodies=("application/octet-stream", "audio/*"),
                answers=(Answer(meaning="How far the audio has got.", media={JSON: PushTaken}),),
                problems=(*_PROBLEMS, "audio-format", "audio-not-pushed", "audio-position"),
                example="@speech.s16le",
            ),
            Operation(
                method="POST",
                path="/sessions/{session_id}/audio/end",
                name="end_audio",
                group="Commands",
                summary="Say that no more audio comes",
                description="The session ends when the texts that it owes are written.",
                handle=self.end_audio,
                answers=(Answer(status=202, meaning="The session is about to end.", media={JSON: SessionView}),),
                problems=(*_PROBLEMS, "audio-format", "audio-not-pushed"),
            ),
        )

    def pause(self, session_id: str) -> SessionView:
        """Listen no more until resumed."""
        return self._told(session_id, self._services.orchestrator.pause)

    def resume(self, session_id: str) -> SessionView:
        """Listen again."""
        return self._told(session_id, self._services.orchestrator.resume)

    def commit(self, session_id: str) -> SessionView:
        """End the open utterance here."""
        return self._told(session_id, self._services.orchestrator.commit_utterance)

    def stop(self, session_id: str, query: Stop) -> Reply:
        """Stop the session, and wait for its end if that is wanted."""
        wanted = require_session(self._services, session_id)
        self._check_own(wanted)
        orchestrator = self._services.orchestrator
        if query.wait:
            is_over = orchestrator.stop_pipeline(wanted, query.timeout_seconds)
        else:
            orchestrator.request_stop(wanted, query.timeout_seconds)
            is_over = orchestrator.wait(wanted, 0.0)
        return Reply(value=session_view(self._services, session_id), status=200 if is_over else 202)

    def push(self, session_id: str, query: PushPlace) -> PushTaken:
        """Hand the body on as audio."""
        wanted = require_session(self._services, session_id)
        receipt = self._services.orchestrator.push_audio(wanted, request.get_data(), query.position)
        return PushTaken(next_position=receipt.next_position, is_full=receipt.is_full)

    def end_audio(self, session_id: str) -> Reply:
        """Have the session end behind the audio that it has got."""
        return Reply(value=self._told(session_id, self._services.orchestrator.end_audio), status=202)

    def _check_own(self, session_id: SessionId) -> None:
        """Raise if the log says that the session goes on, but this server does not run it."""
        if is_running(self._services, session_id):
            return
        if session_view(self._services, session_id).activity not in OVER:
            raise SessionNotRunningError(f"Session {session_id} is not run by this server, which cannot stop it.")

    def _told(self, session_id: str, command: Callable[[SessionId], None]) -> SessionView:
        command(require_session(self._services, session_id))
        return session_view(self._services, session_id)

    def _command(self, name: str, handle: Callable[..., object], summary: str) -> Operation:
        return Operation(
            method="POST",
            path=f"/sessions/{{session_id}}/{name}",
            name=f"{name}_session",
            group="Commands",
            summary=summary,
            handle=handle,
            answers=(Answer(meaning="The session as it stands now.", media={JSON: SessionView}),),
            problems=_PROBLEMS,
        )
