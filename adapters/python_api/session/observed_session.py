"""Lets a program see the session that it started: its name, its events, and how its texts keep up."""

from realtime_mlx_stt.adapters.python_api.session.event_iteration import SessionEvents
from realtime_mlx_stt.adapters.python_api.session.session_run import SessionRun
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.session.runner import SessionNotRunningError
from realtime_mlx_stt.application.writing.text_lag import TextLag
from realtime_mlx_stt.domain.identifiers import SessionId

__all__ = ["ObservedSession"]


class ObservedSession:
    """The view of a session, also between its starts. Thread-safe."""

    def __init__(self) -> None:
        self._run: SessionRun | None = None

    @property
    def session_id(self) -> SessionId | None:
        """The name under which the log has the session, another after each start; None before the first."""
        run = self._run
        return None if run is None else run.session_id

    @property
    def start_error(self) -> Exception | None:
        """Why the last start failed; None when it did not, or is still at it."""
        return None if self._run is None else self._run.start_error

    @property
    def lag(self) -> TextLag | None:
        """How far the texts trail what is said, and what is left out meanwhile; None unless the session runs."""
        try:
            orchestrator, session_id = self._started()
            return orchestrator.lag(session_id)
        except SessionNotRunningError:
            return None

    def events(self, after: int = 0) -> SessionEvents:
        """The session's events whose ``seq`` is greater than ``after``: those of the past first, then live.

        To be iterated by ``for`` or ``async for``, as often and on as many threads as one likes; each iteration
        ends with the session.

        Raises:
            SessionNotRunningError: the session has not been started.
        """
        orchestrator, session_id = self._started()
        return SessionEvents(lambda on_news: orchestrator.follow(session_id, after, on_news))

    def _started(self) -> tuple[SystemOrchestrator, SessionId]:
        """The orchestrator that runs or ran the session, even if the services were replaced, and its name."""
        run = self._run
        if run is None or run.orchestrator is None or run.session_id is None:
            raise SessionNotRunningError("The session has not been started.")
        return run.orchestrator, run.session_id
