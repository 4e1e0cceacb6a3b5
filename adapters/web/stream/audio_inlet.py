"""Passes the audio that a client sends on a stream to its session, and reports how far it has got."""

import time
from typing import Final

from realtime_mlx_stt.adapters.web.stream.messages import AudioAccepted, AudioOverflow, AudioResumable
from realtime_mlx_stt.adapters.web.stream.stream_errors import AudioMissingError, BadMessageError
from realtime_mlx_stt.adapters.web.stream.stream_outlet import StreamOutlet
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.session.pushed_audio import AudioNotPushedError
from realtime_mlx_stt.application.session.runner import SessionNotRunningError
from realtime_mlx_stt.domain.identifiers import SessionId

__all__ = ["POSITION_BYTES", "AudioInlet"]

POSITION_BYTES: Final = 8
"""The size of the position, an unsigned little-endian number, with which a frame begins."""

_ACCEPT_SECONDS: Final = 0.1
_FIRST_RETRY_SECONDS: Final = 0.02
_RETRY_SECONDS: Final = 0.25


class AudioInlet:
    """The way of one client's audio into its session; for the connection's thread.

    After an overflow all audio beyond what was taken is dropped until the client sends from there again: audio that
    is still on its way must not leave a gap. Meanwhile the frame that did not fit is tried again now and then, to
    find out when there is room.
    """

    def __init__(
        self, orchestrator: SystemOrchestrator, session_id: SessionId, outlet: StreamOutlet, alive_seconds: float
    ) -> None:
        self._orchestrator = orchestrator
        self._session_id = session_id
        self._outlet = outlet
        self._alive_seconds = alive_seconds
        self._next_position = 0
        self._said_position = 0
        self._said_at = self._pushed_at = time.monotonic()
        self._sends_audio = False
        self._awaits_resend = False
        self._has_dropped = False
        self._refused: tuple[bytes, int] | None = None
        self._retry_seconds = _FIRST_RETRY_SECONDS

    def begin(self, *, sends_audio: bool) -> int | None:
        """Where the client's audio goes on; None where the session takes none, or no more. It is kept alive by now.

        Raises:
            AudioNotPushedError: the client wants to send audio, and the session hears something else.
        """
        try:
            receipt = self._orchestrator.push_audio(self._session_id, b"")
        except SessionNotRunningError:
            return None
        except AudioNotPushedError:
            if sends_audio:
                raise
            return None
        self._sends_audio = sends_audio
        self._next_position = self._said_position = receipt.next_position
        self._plan()
        return receipt.next_position

    def take(self, frame: bytes) -> None:
        """Take one frame.

        Raises:
            BadMessageError: it is too short to have a position.
            RealtimeSttError: as of ``SystemOrchestrator.push_audio``.
        """
        if len(frame) < POSITION_BYTES:
            raise BadMessageError(
                f"A frame of audio begins with its position in {POSITION_BYTES} bytes; this one has {len(frame)}."
            )
        position = int.from_bytes(frame[:POSITION_BYTES], "little")
        if self._awaits_resend and position > self._next_position:
            self._has_dropped = True
            return
        self._sends_audio = True
        self._push(frame[POSITION_BYTES:], position)

    def skip(self, to_position: int) -> None:
        """Wait no more for what lies before the position.

        Raises:
            BadMessageError: all audio before it was taken.
        """
        if to_position < self._next_position:
            raise BadMessageError(f"The audio before position {self._next_position} was taken already.")
        self._awaits_resend = False
        self._refused = None

    def check_complete(self) -> None:
        """Raise if audio has to be sent again before the audio can end.

        Raises:
            AudioMissingError
        """
        if self._awaits_resend:
            raise AudioMissingError(f"Send the audio again from position {self._next_position}, then its end.")

    def settle(self) -> None:
        """Tell the client how far its audio has got, unless it knows already."""
        if self._next_position != self._said_position:
            self._said_position = self._next_position
            self._said_at = time.monotonic()
            self._outlet.say(AudioAccepted(next_position=self._next_position))

    def advance(self) -> None:
        """Do what is due: acknowledge, retry what did not fit, and show the session that its client is there.

        Raises:
            RealtimeSttError: as of ``SystemOrchestrator.push_audio``.
        """
        now = time.monotonic()
        if now - self._said_at >= _ACCEPT_SECONDS:
            self.settle()
        if self._refused is not None and now - self._pushed_at >= self._retry_seconds:
            self._try_again()
        elif self._sends_audio and now - self._pushed_at >= self._alive_seconds:
            self._show_life()
        self._plan()

    def _push(self, payload: bytes, position: int) -> None:
        self._pushed_at = time.monotonic()
        receipt = self._orchestrator.push_audio(self._session_id, payload, position)
        self._next_position = receipt.next_position
        if not receipt.is_full:
            self._awaits_resend = False
            self._refused = None
        elif not self._awaits_resend:
            self._awaits_resend, self._has_dropped = True, False
            self._refused = (payload, position)
            self._retry_seconds = _FIRST_RETRY_SECONDS
            self.settle()
            self._outlet.say(AudioOverflow(next_position=self._next_position))
        self._plan()

    def _try_again(self) -> None:
        if self._refused is None:
            return
        (payload, position), self._refused = self._refused, None  # an error is told once
        self._pushed_at = time.monotonic()
        self._retry_seconds = min(2 * self._retry_seconds, _RETRY_SECONDS)
        receipt = self._orchestrator.push_audio(self._session_id, payload, position)
        if receipt.is_full:
            self._refused = (payload, position)
        else:
            self._awaits_resend = self._has_dropped
            self._next_position = self._said_position = receipt.next_position
            self._outlet.say(AudioResumable(next_position=receipt.next_position))

    def _show_life(self) -> None:
        self._pushed_at = time.monotonic()
        try:
            self._orchestrator.push_audio(self._session_id, b"")
        except (AudioNotPushedError, SessionNotRunningError):
            self._sends_audio = False  # its events say how it ended

    def _plan(self) -> None:
        if self._next_position != self._said_position:
            self._outlet.wake_within(_ACCEPT_SECONDS)
        if self._refused is not None:
            self._outlet.wake_within(self._retry_seconds)
        elif self._sends_audio:
            self._outlet.wake_within(self._alive_seconds)
