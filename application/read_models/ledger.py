"""Where every captured sample went, as a fold over stored events; the arithmetic is the domain's."""

from collections.abc import Iterable

from realtime_mlx_stt.domain import audio_ledger
from realtime_mlx_stt.domain.audio_ledger import AudioLedger
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["AudioLedger", "add_to_ledger", "fold_ledger"]


def fold_ledger(events: Iterable[StoredEvent]) -> AudioLedger:
    """The ledger of one session's events."""
    return audio_ledger.audio_ledger(stored.event for stored in events)


def add_to_ledger(ledger: AudioLedger, stored: StoredEvent) -> AudioLedger:
    """The ledger after one more event."""
    return audio_ledger.add_to_ledger(ledger, stored.event)
