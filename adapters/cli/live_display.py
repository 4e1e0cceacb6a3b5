"""Shows a session while it happens: final lines that stay, and below them what is being said now."""

from types import TracebackType
from typing import Final

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from realtime_mlx_stt.adapters.cli.time_format import clock_time
from realtime_mlx_stt.application.read_models.status import Activity, SessionStatus, add_to_status
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import UtteranceId
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["LiveDisplay"]

_TIME_COLUMNS: Final = 15
_ACTIVITIES: Final = {
    Activity.LISTENING: "listening",
    Activity.HEARING_SPEECH: "hearing speech",
    Activity.AWAITING_WAKE_WORD: "waiting for the wake word",
    Activity.PAUSED: "paused",
    Activity.STOPPING: "finishing",
}


class LiveDisplay:
    """Draws on ``console``; where that is no terminal, only the lines that stay are printed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._status = SessionStatus()
        self._spans: dict[UtteranceId, tuple[int, int | None]] = {}
        self._texts: dict[UtteranceId, Text] = {}

    def __enter__(self) -> "LiveDisplay":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.stop()

    def refresh(self) -> None:
        """Draw what is being said now again, for a terminal whose size may have changed."""
        if self._live.is_started:
            self._live.update(self.now(), refresh=True)

    def show(self, stored: StoredEvent) -> None:
        """Show what the event changes."""
        self._status = add_to_status(self._status, stored)
        self._keep(stored.event)
        line = self._line(stored.event)
        self.refresh()  # before the line, for what is being said now is drawn again below it
        if line is not None:
            self._console.print(line)

    def _keep(self, event: e.SessionEvent) -> None:
        match event:
            case e.SpeechStarted():
                self._spans[event.utterance_id] = (event.start_sample, None)
                self._texts[event.utterance_id] = Text("…", style="dim")
            case e.SpeechEnded():
                self._spans[event.utterance_id] = (event.start_sample, event.end_sample)
            case e.HypothesisRevised():
                self._texts[event.utterance_id] = Text.assemble(
                    (event.stable_text.lstrip(), "dim"), (event.unstable_text, "dim italic")
                )
            case _:
                pass

    def _line(self, event: e.SessionEvent) -> RenderableType | None:
        """The permanent line for the event, if it has one."""
        match event:
            case e.SessionStarted():
                model = event.settings.transcription.model
                return Text(f"Listening to {event.source} with {model}; Ctrl-C stops.", style="dim")
            case e.UtteranceTranscribed() | e.UtteranceRejected() | e.TranscriptionFailed():
                return self._finish(event)
            case e.WakeWordDetected():
                heard = Text(f"{event.word} ({event.score:.2f})", style="cyan")
                return _row(clock_time(event.at_sample), heard)
            case e.WakeWordExpired():
                return _row(clock_time(event.at_sample), Text(f"{event.word}: nothing was said", style="dim"))
            case _:
                return _trouble(event)

    def _finish(
        self, event: e.UtteranceTranscribed | e.UtteranceRejected | e.TranscriptionFailed
    ) -> RenderableType | None:
        """Forget the utterance and show its outcome; one that was not speech leaves no line."""
        self._texts.pop(event.utterance_id, None)
        start_sample, end_sample = self._spans.pop(event.utterance_id, (0, None))
        if isinstance(event, e.UtteranceRejected):
            return None
        text = (
            Text(event.text) if isinstance(event, e.UtteranceTranscribed) else _problem(event.code, event.message)
        )
        return _row(f"{clock_time(start_sample)}-{clock_time(end_sample or start_sample)}", text)

    def now(self) -> RenderableType:
        """What is being said or written now, with the session's activity below it."""
        table = _table()
        for utterance_id, text in self._texts.items():
            start_sample, _ = self._spans[utterance_id]
            table.add_row(Text(clock_time(start_sample), style="dim"), text)
        activity = _ACTIVITIES.get(self._status.activity)
        if activity is not None:
            style = "green" if self._status.activity is Activity.HEARING_SPEECH else "dim"
            table.add_row(Text("●", style=style), Text(activity, style="dim"))
        return table


def _trouble(event: e.SessionEvent) -> RenderableType | None:
    match event:
        case e.SessionFailed() | e.AudioSourceLost() | e.ServiceDegraded():
            return _problem(event.code, event.message)
        case e.AudioSourceRecovered():
            return Text("The source delivers again.", style="green")
        case e.ServiceRestored():
            return Text(f"The {event.part} works again.", style="green")
        case e.AudioGapRecorded():
            place = clock_time(event.start_sample)
            return _row(place, Text(f"{event.lost_samples / 16:.0f} ms not heard ({event.reason})", style="yellow"))
        case _:
            return None


def _problem(code: str, message: str) -> Text:
    return Text(f"{message} [{code}]", style="red")


def _table() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=_TIME_COLUMNS, no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _row(place: str, text: Text) -> Table:
    table = _table()
    table.add_row(Text(place, style="dim"), text)
    return table
