"""Measures how soon events reach those who follow them, and counts those that are left out for slow readers."""

import time
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["StreamMeter", "StreamTraffic"]

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class StreamTraffic:
    """The figures of all event streams and sockets of a server together. Thread-safe."""

    def __init__(self) -> None:
        self._delays = Histogram(
            "stt_event_delivery_seconds",
            "From an event's time in the log until its frame was handed over, for events that were followed live.",
            buckets=_SECONDS,
            registry=None,
        )
        self._skipped = Counter(
            "stt_events_skipped_total", "Hypotheses that slow readers were not sent.", registry=None
        )

    def meter(self) -> "StreamMeter":
        """The measure of one stream that begins now."""
        return StreamMeter(self._delays, self._skipped)

    def register(self, registry: CollectorRegistry) -> None:
        """Show the figures in this registry."""
        registry.register(self._delays)
        registry.register(self._skipped)


class StreamMeter:
    """The figures of one stream; events from before it began do not count, as nobody waited for them."""

    def __init__(self, delays: Histogram, skipped: Counter) -> None:
        self._delays = delays
        self._skipped = skipped
        self._began_at = time.time()

    def sent(self, stored: StoredEvent) -> None:
        """Note that the event's frame was handed over."""
        if stored.recorded_at >= self._began_at:
            self._delays.observe(max(0.0, time.time() - stored.recorded_at))

    def skipped(self) -> None:
        """Note that an event was left out."""
        self._skipped.inc()
