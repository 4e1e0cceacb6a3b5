"""Does what a client tells the session of its stream."""

import time
from dataclasses import dataclass
from typing import Final, assert_never

from realtime_mlx_stt.adapters.web.client_settings import refuse_file_names
from realtime_mlx_stt.adapters.web.websocket.messages import (
    ChangeSettings,
    Command,
    Commit,
    EndAudio,
    Pause,
    Ping,
    PushedAudio,
    Resume,
    SkipAudio,
    Stop,
)
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.settings import SessionSettings
from realtime_mlx_stt.domain.state import NotStarted
from realtime_mlx_stt.ports.audio_source import AudioEncoding

__all__ = ["PlacedCommand", "StreamCommands"]

_LATENCY_SAMPLES: Final = 320
"""So far behind what was pushed is what was heard of it, at most, when nothing waits: the resampler's part."""

_MOST_HEARING_SECONDS: Final = 20.0
_LOOK_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedCommand:
    """A command, and the position of the audio that was taken before it."""

    command: Command
    position: int


class StreamCommands:
    """The commands of one stream, on whatever thread may wait for them.

    ``audio`` is how the client's audio is written, None if it sends none.
    """

    def __init__(self, orchestrator: SystemOrchestrator, session_id: SessionId, audio: PushedAudio | None) -> None:
        self._orchestrator = orchestrator
        self._session_id = session_id
        self._audio = audio

    def perform(self, placed: PlacedCommand) -> None:
        """Do the command.

        Raises:
            RealtimeSttError: the session cannot do it.
        """
        orchestrator, session_id = self._orchestrator, self._session_id
        match placed.command:
            case Pause():
                self._await_heard(placed.position)
                orchestrator.pause(session_id)
            case Commit():
                self._await_heard(placed.position)
                orchestrator.commit_utterance(session_id)
            case Resume():
                orchestrator.resume(session_id)
            case Stop():
                orchestrator.request_stop(session_id)
            case EndAudio():
                orchestrator.end_audio(session_id)
            case ChangeSettings():
                self._change_settings(placed.command)
            case SkipAudio() | Ping():
                pass  # done by the stream itself
            case unreachable:
                assert_never(unreachable)

    def _change_settings(self, command: ChangeSettings) -> None:
        refuse_file_names(command.settings)
        state = self._orchestrator.state(self._session_id)
        settings = SessionSettings() if isinstance(state, NotStarted) else state.context.settings
        changed = self._orchestrator.profiles.changed_settings(settings, command.settings)
        self._orchestrator.change_settings(self._session_id, changed)

    def _await_heard(self, position: int) -> None:
        """Wait until the session has heard what the client had sent, so that the command lies behind it."""
        if self._audio is None or self._audio.encoding is AudioEncoding.CONTAINER:
            return
        sent_samples = position * SAMPLE_RATE_HZ // self._audio.sample_rate_hz - _LATENCY_SAMPLES
        deadline = time.monotonic() + _MOST_HEARING_SECONDS
        while time.monotonic() < deadline:
            if self._orchestrator.progress(self._session_id).heard_samples >= sent_samples:
                return
            time.sleep(_LOOK_SECONDS)
