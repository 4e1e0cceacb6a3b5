"""Carries out what a client tells the session of its stream."""

import time
from dataclasses import dataclass
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
    PushedAudio,
    Resume,
    SkipAudio,
    Stop,
)
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_source import AudioEncoding

__all__ = ["PlacedCommand", "StreamCommands"]

_RESAMPLER_SAMPLES: Final = 2000
"""The most of the audio sent that stays in the resampler until more is sent."""

_SETTLED_SECONDS: Final = 0.05
"""Audio that has not been heard for this long, although nothing is before it, is in the resampler."""

_MOST_HEARING_SECONDS: Final = 20.0
_LOOK_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedCommand:
    """A command, and the position up to which audio had been taken before it."""

    command: Command
    position: int


class StreamCommands:
    """The commands of one stream, on a thread that may wait for them.

    ``audio`` is how the client's audio is written, None if it sends none.
    """

    def __init__(self, context: WebContext, session_id: SessionId, audio: PushedAudio | None) -> None:
        self._context = context
        self._orchestrator = context.services.orchestrator
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
                change_settings(self._context, session_id, placed.command.settings)
            case SkipAudio() | Ping():
                pass  # done by the stream itself
            case unreachable:
                assert_never(unreachable)

    def _await_heard(self, position: int) -> None:
        """Wait until the session has heard what the client had sent, so that the command takes effect behind it."""
        if self._audio is None or self._audio.encoding is AudioEncoding.CONTAINER:
            return
        sent_samples = position * SAMPLE_RATE_HZ // self._audio.sample_rate_hz
        heard_samples, changed_at = -1, time.monotonic()
        deadline = changed_at + _MOST_HEARING_SECONDS
        while (now := time.monotonic()) < deadline:
            before, heard_samples = heard_samples, self._orchestrator.progress(self._session_id).heard_samples
            if heard_samples != before:
                changed_at = now
            is_settled = now - changed_at >= _SETTLED_SECONDS and sent_samples - heard_samples <= _RESAMPLER_SAMPLES
            if heard_samples >= sent_samples or is_settled:
                return
            time.sleep(_LOOK_SECONDS)
