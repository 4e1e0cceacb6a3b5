"""Hands audio that a client pushes to the session that hears it."""

from realtime_mlx_stt.application.session.runner import SessionNotRunningError, SessionRunner
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.ports.audio_source import AudioEndedError, PushedSource, PushReceipt

__all__ = ["AudioNotPushedError", "end_pushed_audio", "push_audio"]


class AudioNotPushedError(RealtimeSttError):
    """The session hears a microphone, a file or a program's memory, and takes no audio from a client."""

    code = "audio-not-pushed"


def push_audio(runner: SessionRunner, payload: bytes, position: int | None) -> PushReceipt:
    """Hand the payload to the session's source; see ``PushedSource.push``.

    Raises:
        AudioNotPushedError: the session has another source.
        SessionNotRunningError: the session takes no more audio.
        AudioPositionError, AudioFormatError: as of ``PushedSource.push``.
    """
    try:
        return _pushed_source(runner).push(payload, position)
    except AudioEndedError as error:
        raise SessionNotRunningError(str(error)) from error


def end_pushed_audio(runner: SessionRunner) -> None:
    """Say that no more audio comes; the session ends behind what was taken.

    Raises:
        AudioNotPushedError: the session has another source.
    """
    _pushed_source(runner).end()


def _pushed_source(runner: SessionRunner) -> PushedSource:
    if runner.pushed_source is not None:
        return runner.pushed_source
    raise AudioNotPushedError(
        f"The session listens to {runner.source.description}; "
        "audio can only be pushed to a session that was started for that."
    )
