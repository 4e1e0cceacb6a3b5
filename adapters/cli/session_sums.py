"""Sums up a session: where its audio went, and how long its texts took."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from realtime_mlx_stt.application.read_models.latency import (
    Latencies,
    Percentiles,
    add_to_latencies,
    summarize_latencies,
)
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.audio_ledger import AudioLedger, add_to_ledger
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["SessionSums"]


class SessionSums:
    """Folds a session's events into its ledger and latencies."""

    def __init__(self) -> None:
        self._session_id: SessionId | None = None
        self._ledger = AudioLedger()
        self._latencies = Latencies()

    def hear(self, stored: StoredEvent) -> None:
        """Take one more event."""
        self._session_id = stored.session_id
        self._ledger = add_to_ledger(self._ledger, stored.event)
        self._latencies = add_to_latencies(self._latencies, stored)

    def print_to(self, console: Console) -> None:
        """Print the sums and percentiles; nothing for a session that said nothing."""
        if self._session_id is None:
            return
        console.print()
        console.print(self._table())

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_row(_name("session"), Text(str(self._session_id)))
        table.add_row(_name("audio"), Text(_ledger_line(self._ledger)))
        latencies = summarize_latencies(self._latencies)
        for name, percentiles in (
            ("first partial text", latencies.first_partial_seconds),
            ("last word to final text", latencies.end_of_speech_to_text_seconds),
            ("of it, waiting for the text", latencies.writing_seconds),
            ("model, per final text", latencies.inference_seconds),
        ):
            if percentiles is not None:
                table.add_row(_name(name), Text(_percentiles_line(percentiles, latencies.utterances)))
        return table


def _name(name: str) -> Text:
    return Text(name, style="dim")


def _ledger_line(ledger: AudioLedger) -> str:
    parts = (
        (ledger.utterance_samples, "in utterances"),
        (ledger.silence_samples, "outside utterances"),
        (ledger.rejected_samples, "rejected as noise"),
        (ledger.gap_samples, "not heard"),
    )
    sums = " + ".join(f"{samples_to_seconds(samples):.2f} s {name}" for samples, name in parts if samples)
    return f"{samples_to_seconds(ledger.captured_samples):.2f} s captured = {sums or 'nothing'}"


def _percentiles_line(percentiles: Percentiles, count: int) -> str:
    if count == 1:
        return f"{percentiles.median:.2f} s"
    return (
        f"median {percentiles.median:.2f} s, 95 % in {percentiles.p95:.2f} s, at most {percentiles.largest:.2f} s"
    )
