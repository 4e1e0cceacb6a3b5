"""Replays a session and says whether the outcome is the same."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from realtime_mlx_stt.adapters.cli.services import Services
from realtime_mlx_stt.adapters.cli.session_commands import find_session
from realtime_mlx_stt.adapters.cli.tables import list_console
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.replay.replay import LogReplay, replay_log, rerun_recording
from realtime_mlx_stt.application.replay.session_comparison import HeardUtterance, SessionComparison
from realtime_mlx_stt.ports.audio_recording import RecordingNotFoundError

__all__ = ["replay_session"]


def replay_session(services: Services, wanted: str, rehearsal: SystemOrchestrator) -> int:
    """Check the log, then hear the recording again in ``rehearsal``; the exit status is 0 when all is as it was.

    Raises:
        RealtimeSttError: the session cannot be found, or cannot be heard again.
    """
    console = list_console()
    replay = replay_log(services.store, find_session(services.store, wanted))
    _print_log(console, replay)
    try:
        recording = services.recordings.path(replay.session_id)
    except RecordingNotFoundError:
        console.print("There is no recording of its audio to hear again; `stt listen --record-audio` makes one.")
        return int(bool(replay.violations))
    with console.status("Hearing the recording again …"):
        comparison = rerun_recording(rehearsal, tuple(services.store.read(replay.session_id)), recording)
    for line in _differences(comparison):
        console.print(Text(line, style="yellow"))
    for heard in comparison.rescued:
        console.print(Text(f"Lost by the interruption, and heard now: {heard.text}", style="green"))
    if comparison.is_same:
        console.print(f"Heard again, its {len(comparison.utterances)} utterances come out the same.")
    return int(bool(replay.violations) or not comparison.is_same)


def _print_log(console: Console, replay: LogReplay) -> None:
    for violation in replay.violations:
        console.print(Text(violation, style="red"))
    if not replay.violations:
        console.print(Text(f"The log of {replay.session_id} is sound: {replay.events} events."))


def _differences(comparison: SessionComparison) -> Iterator[str]:
    yield from comparison.other_differences
    for pair in comparison.utterances:
        if not (pair.has_same_boundaries and pair.has_same_text):
            yield f"was {_heard(pair.first)}\nis  {_heard(pair.second)}"


def _heard(utterance: HeardUtterance | None) -> str:
    if utterance is None:
        return "nothing"
    return f"{utterance.start_sample} to {utterance.end_sample}, {utterance.outcome}: {utterance.text}"
