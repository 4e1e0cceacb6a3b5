"""Carries out what a client tells the session of its stream."""

from collections.abc import Callable
from functools import partial
from typing import Final, assert_never

from realtime_mlx_stt.adapters.web.client_settings import change_settings
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.stream.messages import (
    ChangeSettings,
    Command,
    Commit,
    EndAudio,
    Pause,
    Ping,
    Resume,
    SkipAudio,
    Stop,
)
from realtime_mlx_stt.application.session.position_requests import commit_here, pause_here, resume_here
from realtime_mlx_stt.domain.identifiers import SessionId

__all__ = ["StreamCommands"]

_PLACED: Final = {Pause: pause_here, Resume: resume_here, Commit: commit_here}
"""The commands that have a place in the audio."""


class StreamCommands:
    """The commands of one stream."""

    def __init__(self, context: WebContext, session_id: SessionId) -> None:
        self._context = context
        self._session_id = session_id

    def begin(self, command: Command) -> Callable[[], None]:
        """Put the command behind the audio that came before it, if it has a place there; never waits.

        What is returned does the rest, and may wait, for example for a model. Both raise RealtimeSttError if the
        session cannot do it.
        """
        orchestrator, session_id = self._context.services.orchestrator, self._session_id
        match command:
            case Pause() | Resume() | Commit():
                return orchestrator.place(session_id, _PLACED[type(command)])
            case Stop():
                return partial(orchestrator.request_stop, session_id)
            case EndAudio():
                return partial(orchestrator.end_audio, session_id)
            case ChangeSettings():
                return partial(change_settings, self._context, session_id, command.settings)
            case SkipAudio() | Ping():
                return _nothing  # done by the stream itself
            case unreachable:
                assert_never(unreachable)


def _nothing() -> None:
    pass
