"""Provides figures of the present moment, computed when they are asked for."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.session_lag import running_lag
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.session.runner import SessionNotRunningError
from realtime_mlx_stt.application.writing.degradation import ServiceLevel
from realtime_mlx_stt.application.writing.text_lag import TextLag
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.identifiers import SessionId

__all__ = ["LiveFigures"]


class LiveFigures(Collector):
    """A collector of Prometheus. ``ended_seconds`` returns how much the ended sessions had heard."""

    def __init__(self, context: WebContext, ended_seconds: Callable[[], float]) -> None:
        self._context = context
        self._ended_seconds = ended_seconds

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: computing figures here would open the services before anybody needs them."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """Compute the figures."""
        orchestrator = self._context.services.orchestrator
        running = orchestrator.running_sessions()
        lags = [lag for session_id in running if (lag := running_lag(orchestrator, session_id)) is not None]
        heard = self._ended_seconds() + sum(_heard_seconds(orchestrator, session_id) for session_id in running)
        yield CounterMetricFamily("stt_audio_heard_seconds", "Audio that was heard, of all sessions.", value=heard)
        yield _levels(lags)
        for name, meaning, value in (
            ("running_sessions", "Sessions that are running.", len(running)),
            ("open_streams", "Sockets, event streams and requests that wait.", self._context.open_streams.count),
            ("waiting_texts", "Texts that wait for a model.", orchestrator.waiting_texts),
            *_lag_figures(lags),
        ):
            yield GaugeMetricFamily(f"stt_{name}", meaning, value=value)


def _levels(lags: Sequence[TextLag]) -> GaugeMetricFamily:
    """How many sessions are at each level, levels without any included: no alarm can be set on an absent figure."""
    family = GaugeMetricFamily(
        "stt_sessions_at_level",
        "Sessions by what is left of the service: full, or what the session leaves out to keep up.",
        labels=("level",),
    )
    counts = Counter(lag.level for lag in lags)
    for level in ServiceLevel:
        family.add_metric((level.word,), counts[level.word])
    return family


def _lag_figures(lags: Sequence[TextLag]) -> Iterator[tuple[str, str, float]]:
    yield (
        "trailing_seconds_largest",
        "How far the text trails the voice, of the session where it does most.",
        max((lag.trailing_seconds for lag in lags), default=0.0),
    )
    yield (
        "owed_seconds_largest",
        "Speech without its text, of the session that has most.",
        max((lag.owed_seconds for lag in lags), default=0.0),
    )
    yield "owed_seconds_sum", "Speech without its text, of all sessions.", sum(lag.owed_seconds for lag in lags)
    yield (
        "hypothesis_age_seconds_largest",
        "What was said since the newest hypothesis, while one is awaited.",
        max((lag.hypothesis_age_seconds or 0.0 for lag in lags), default=0.0),
    )
    yield (
        "final_wait_seconds_largest",
        "For how long a final text has waited for others to be written.",
        max((lag.final_wait_seconds for lag in lags), default=0.0),
    )
    yield (
        "degraded_sessions",
        "Sessions that give up something to keep up.",
        sum(lag.level != ServiceLevel.FULL.word for lag in lags),
    )


def _heard_seconds(orchestrator: SystemOrchestrator, session_id: SessionId) -> float:
    try:
        return samples_to_seconds(orchestrator.progress(session_id).heard_samples)
    except SessionNotRunningError:
        return 0.0
