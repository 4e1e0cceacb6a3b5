"""Hears the audio that a client sends over `/events`, as 0.1 announced: 16-bit PCM, 16 kHz, mono, in any pieces."""

from contextlib import suppress
from dataclasses import replace
from typing import Final

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.legacy.frames import Frame, error_frame
from realtime_mlx_stt.adapters.web.legacy.wishes import PUSHED_AUDIO, StandingWishes
from realtime_mlx_stt.adapters.web.session_starts import start_session
from realtime_mlx_stt.application.session.runner import SessionNotRunningError
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_source import AudioEncoding, AudioFormatError, AudioPositionError

__all__ = ["SocketAudio"]

_SOURCE: Final = replace(PUSHED_AUDIO, encoding=AudioEncoding.PCM_S16LE)
_SAMPLE_BYTES: Final = 2

_FULL: Final = error_frame(
    "audio-overflow", "The session is half a minute behind, so that this audio is left out; send it more slowly."
)


class SocketAudio:
    """The session of one connection, started by its first audio. For one thread."""

    def __init__(self, context: WebContext, wishes: StandingWishes) -> None:
        self._context = context
        self._wishes = wishes
        self._session_id: SessionId | None = None
        self._position = 0

    def hear(self, payload: bytes) -> Frame | None:
        """Have the audio heard behind what was sent before; returns what is to be said about it, mostly nothing.

        Raises:
            AudioFormatError: this is no whole number of samples.
            RealtimeSttError: no session can be started.
        """
        if len(payload) % _SAMPLE_BYTES:
            raise AudioFormatError("The audio must be 16-bit samples: this is no whole number of them.")
        orchestrator = self._context.services.orchestrator
        if self._session_id not in orchestrator.running_sessions():
            if not payload:
                return None
            self._session_id, self._position = self._started(), 0
        try:
            receipt = orchestrator.push_audio(self._session_id, payload, self._position)
        except AudioPositionError:  # more was left out than can be recorded as a gap
            receipt = orchestrator.push_audio(self._session_id, payload)
        if receipt.is_full:
            self._position += len(payload) // _SAMPLE_BYTES  # so that what is left out is recorded as a gap
            return _FULL
        self._position = receipt.next_position
        return None

    def end(self) -> None:
        """No more audio comes; the texts that are owed are still written."""
        if self._session_id is not None:
            with suppress(SessionNotRunningError):
                self._context.services.orchestrator.end_audio(self._session_id)

    def _started(self) -> SessionId:
        return start_session(self._context, replace(self._wishes.of_push(), source=_SOURCE))
