"""Ends a session whose model could not be loaded."""

from concurrent.futures import Future
from functools import partial

from realtime_mlx_stt.application.session.position_requests import fail_here
from realtime_mlx_stt.application.session.runner import SessionRunner
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError

__all__ = ["fail_without_model"]


def fail_without_model(runner: SessionRunner, loaded: "Future[None]") -> None:
    """End the session if its model could not be loaded; whoever waited for the model knows already."""
    error = loaded.exception()
    if error is None:
        return
    code = error.code if isinstance(error, RealtimeSttError) else SpeechToTextError.code
    runner.ask(partial(fail_here, code, str(error)))
