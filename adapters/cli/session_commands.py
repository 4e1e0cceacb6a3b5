"""Lists, shows and exports sessions of the log."""

from collections.abc import Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from realtime_mlx_stt.adapters.cli.left_out import left_out_now, left_out_table
from realtime_mlx_stt.adapters.cli.services import Services
from realtime_mlx_stt.adapters.cli.session_sums import SessionSums
from realtime_mlx_stt.adapters.cli.tables import list_console, plain_table
from realtime_mlx_stt.adapters.cli.terminal_text import print_json, print_result
from realtime_mlx_stt.adapters.cli.time_format import clock_time, local_moment
from realtime_mlx_stt.application.log.codec import UndecodableEventError, envelope_line
from realtime_mlx_stt.application.log.session_log import SessionNotFoundError
from realtime_mlx_stt.application.one_line import one_line
from realtime_mlx_stt.application.read_models.status import fold_status
from realtime_mlx_stt.application.read_models.subtitles import TranscriptFormat, render
from realtime_mlx_stt.application.read_models.transcript import Transcript, fold_transcript
from realtime_mlx_stt.application.told_settings import told_settings
from realtime_mlx_stt.domain.events import SessionFailed, SessionInterrupted, SessionStopped
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import EventStore, SessionSummary, StoredEvent

__all__ = ["export_session", "find_session", "print_session", "print_sessions", "session_table"]

_ENDS: Final = {
    SessionStopped.type: "stopped",
    SessionFailed.type: "failed",
    SessionInterrupted.type: "interrupted",
}
"""What to call a session by its last event; with any other it runs, or died where that cannot be written down."""

_OPEN: Final = "open"

_EVENTS = "events"


def find_session(store: EventStore, wanted: str) -> SessionId:
    """The session of that id, of the only id that begins so, or the ``last`` one.

    Raises:
        SessionNotFoundError: there is none, or more than one.
        EventStoreError: the log cannot be read.
    """
    sessions = [summary.session_id for summary in store.sessions()]
    if not sessions:
        raise SessionNotFoundError("The log holds no session yet; `stt listen` begins one.")
    if wanted == "last":
        return sessions[-1]
    found = [session for session in sessions if session == wanted] or [
        session for session in sessions if wanted and session.startswith(wanted)
    ]
    if len(found) != 1:
        what = f"{len(found)} sessions begin" if found else "No session begins"
        raise SessionNotFoundError(f"{what} with '{wanted}'; `stt sessions list` lists all {len(sessions)}.")
    return found[0]


def print_sessions(services: Services) -> None:
    """Print one line per session: when, how long, how it ended, and how its text begins.

    Raises:
        EventStoreError: the log cannot be read.
    """
    console, sessions = list_console(), services.store.sessions()
    if sessions:
        console.print(session_table(services.store, sessions))
    else:
        console.print("The log holds no session yet; `stt listen` begins one.")


def session_table(store: EventStore, sessions: Sequence[SessionSummary]) -> Table:
    """A table with one line per session.

    Raises:
        EventStoreError: the log cannot be read.
    """
    table = plain_table("session", "began", "audio", "state", "text")
    for summary in sessions:
        began = local_moment(summary.first_recorded_at)
        state = _ENDS.get(summary.last_type, _OPEN)
        table.add_row(summary.session_id, began, *_contents(store, summary.session_id, state))
    return table


def _contents(store: EventStore, session_id: SessionId, state: str) -> tuple[str, str, str]:
    """How long the session is, how it ended or what it leaves out, and how its text begins.

    One unreadable session must not hide the others.
    """
    try:
        log = tuple(store.read(session_id))
    except UndecodableEventError as error:
        return "", state, f"{error} [{error.code}]"
    transcript = fold_transcript(log)
    left_out = left_out_now(log) if state == _OPEN else ""
    shown = f"{state}, {left_out}" if left_out else state
    return clock_time(transcript.captured_samples), shown, one_line(transcript.text)


def print_session(services: Services, wanted: str) -> None:
    """Who wrote, what was said and when, what was rejected, what was left out, for how long and why, then the sums.

    Raises:
        SessionNotFoundError, EventStoreError.
    """
    log = _log(services.store, wanted)
    console = list_console()
    transcript = fold_transcript(log)
    status = fold_status(log)
    console.print(Text(f"{transcript.source}, {status.activity}", style="dim"))
    if transcript.settings is not None:
        console.print(Text(told_settings(transcript.settings.transcription), style="dim"))
    if status.failure is not None:
        console.print(Text(f"{status.failure.message} [{status.failure.code}]", style="red"))
    console.print(_utterances(transcript))
    left_out = left_out_table(log)
    if left_out is not None:
        console.print()
        console.print(left_out)
    sums = SessionSums()
    for stored in log:
        sums.hear(stored)
    sums.print_to(console)


def export_session(services: Services, wanted: str, format_name: str) -> None:
    """The transcript in this format, or the log as JSON lines.

    Raises:
        SessionNotFoundError, EventStoreError.
    """
    log = _log(services.store, wanted)
    if format_name == _EVENTS:
        for stored in log:
            print_json(envelope_line(stored))
    else:
        print_result(render(fold_transcript(log), TranscriptFormat(format_name)))


def _log(store: EventStore, wanted: str) -> Sequence[StoredEvent]:
    return tuple(store.read(find_session(store, wanted)))


def _utterances(transcript: Transcript) -> object:
    """Every utterance in order, whatever became of it."""
    rows = [(u.utterance_id, u.start_sample, u.end_sample, Text(u.text)) for u in transcript.utterances]
    for rejected in transcript.rejected:
        note = Text(f"rejected ({rejected.rule}): {rejected.text}", style="dim")
        rows.append((rejected.utterance_id, rejected.start_sample, rejected.end_sample, note))
    for failed in transcript.failed:
        note = Text(f"{failed.message} [{failed.code}]", style="red")
        if failed.hypothesis:
            note.append(f"\nIt seemed to say: {failed.hypothesis.strip()}", style="dim")
        rows.append((failed.utterance_id, failed.start_sample, failed.end_sample, note))
    table = plain_table("no", "from", "to", "text")
    for number, start_sample, end_sample, text in sorted(rows, key=lambda row: row[0]):
        table.add_row(str(number), clock_time(start_sample), clock_time(end_sample), text)
    return table
