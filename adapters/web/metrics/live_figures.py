"""Figures of this moment, looked at when they are asked for."""

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.application.degradation import ServiceLevel
from realtime_mlx_stt.application.keeping_up import SessionLag
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.session_runner import SessionNotRunningError
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.state import NotStarted

__all__ = ["LiveFigures"]


class LiveFigures(Collector):
    """A collector of Prometheus. ``ended_seconds`` tells how much the sessions had heard that are over."""

    def __init__(self, context: WebContext, ended_seconds: Callable[[], float]) -> None:
        self._context = context
        self._ended_seconds = ended_seconds

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: to look would be to open the services before anybody needs them."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """Look."""
        orchestrator = self._context.services.orchestrator
        running = orchestrator.running_sessions()
        owed = [_owed_seconds(orchestrator, session_id) for session_id in running]
        lags = [_lag(orchestrator, session_id) for session_id in running]
        heard = self._ended_seconds() + sum(_heard_seconds(orchestrator, session_id) for session_id in running)
        yield CounterMetricFamily("stt_audio_heard_seconds", "Audio that was heard, of all sessions.", value=heard)
        for name, meaning, value in (
            ("running_sessions", "Sessions that are running.", len(running)),
            ("open_streams", "Sockets and event streams that are open.", self._context.open_streams.count),
            (
                "owed_seconds_largest",
                "Speech without its text, of the session that has most.",
                max(owed, default=0.0),
            ),
            ("owed_seconds_sum", "Speech without its text, of all sessions.", sum(owed)),
            (
                "hypothesis_age_seconds_largest",
                "What was said since the newest hypothesis, while one is awaited.",
                max((lag.hypothesis_age_seconds or 0.0 for lag in lags), default=0.0),
            ),
            (
                "final_wait_seconds_largest",
                "For how long a final text has waited for others to be written.",
                max((lag.final_wait_seconds for lag in lags), default=0.0),
            ),
            (
                "degraded_sessions",
                "Sessions that give up something to keep up.",
                sum(lag.level is not ServiceLevel.FULL for lag in lags),
            ),
            ("waiting_texts", "Texts that wait for a model.", orchestrator.waiting_texts),
        ):
            yield GaugeMetricFamily(f"stt_{name}", meaning, value=value)


def _owed_seconds(orchestrator: SystemOrchestrator, session_id: SessionId) -> float:
    """How much speech has all its audio and not its text; nothing of a session that ended meanwhile."""
    try:
        state = orchestrator.state(session_id)
    except SessionNotRunningError:
        return 0.0
    pending = () if isinstance(state, NotStarted) else state.context.pending
    return samples_to_seconds(sum(each.end_sample - each.start_sample for each in pending))


def _lag(orchestrator: SystemOrchestrator, session_id: SessionId) -> SessionLag:
    try:
        return orchestrator.lag(session_id)
    except SessionNotRunningError:
        return SessionLag()


def _heard_seconds(orchestrator: SystemOrchestrator, session_id: SessionId) -> float:
    try:
        return samples_to_seconds(orchestrator.progress(session_id).heard_samples)
    except SessionNotRunningError:
        return 0.0
