"""Writes down what is said in files: one session a file, as fast as it goes, the result alone on stdout."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from realtime_mlx_stt.adapters.cli.fitting_models import fitting_models_named
from realtime_mlx_stt.adapters.cli.model_progress import have_wanted_model
from realtime_mlx_stt.adapters.cli.services import Services
from realtime_mlx_stt.adapters.cli.tables import TerminalConsole
from realtime_mlx_stt.adapters.cli.terminal_text import say
from realtime_mlx_stt.adapters.cli.time_format import clock_time
from realtime_mlx_stt.adapters.cli.transcript_output import FileTranscript, transcript_output
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.profiles.profiles import DEFAULT_PROFILE
from realtime_mlx_stt.application.read_models.status import SessionStatus, fold_status
from realtime_mlx_stt.application.read_models.subtitles import TranscriptFormat
from realtime_mlx_stt.application.read_models.transcript import Transcript, fold_transcript
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.application.session.runner import SessionNotRunningError, SessionWorkerError
from realtime_mlx_stt.domain.audio_format import samples_to_seconds
from realtime_mlx_stt.domain.events import AudioGapRecorded, TranscriptionFailed
from realtime_mlx_stt.domain.printable_text import printable
from realtime_mlx_stt.domain.state import is_terminal
from realtime_mlx_stt.ports.audio_source import AudioCutShortError, AudioSourceError, FileRequest
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["transcribe_files"]

_LOOK_SECONDS: Final = 0.1
_NOT_HEARD: Final = "audio-gap"


def transcribe_files(
    services: Services,
    files: Sequence[Path],
    wanted: Mapping[str, object],
    format_name: str,
    output: Path | None,
) -> int:
    """Transcribe the files one after the other; a file that fails costs only itself. Returns the exit status.

    ``wanted`` is what the options say of the transcription, in a profile's words.

    Raises:
        RealtimeSttError: something is wrong that is no file's; what was finished before is written.
    """
    notes = TerminalConsole(stderr=True, highlight=False)
    orchestrator = services.orchestrator
    config = _config(orchestrator, wanted)
    failures = 0
    with transcript_output(files, TranscriptFormat(format_name), output) as take:
        with fitting_models_named(services, config.settings.transcription):
            audible = _audible(orchestrator, config, files)
        if audible:
            have_wanted_model(services, config.settings.transcription, notes)
        for file in audible:
            try:
                log = _heard(orchestrator, config, file, notes)
            except AudioSourceError as error:
                _complain(file, error.code, str(error))
                failures += 1
                continue
            for code, message in _problems(log):
                is_warning = code == AudioCutShortError.code  # all that is in the file was heard
                _complain(file, code, message, "Warning" if is_warning else "Error")
                failures += not is_warning
            transcript = fold_transcript(log)
            left_out = _left_out(transcript)
            if left_out is not None:
                say(f"{printable(str(file))}: {left_out}", err=True)
            take(FileTranscript(file=file, transcript=transcript))
    return int(failures > 0 or len(audible) < len(files))


def _audible(orchestrator: SystemOrchestrator, config: PipelineConfig, files: Sequence[Path]) -> list[Path]:
    """The files that can be opened; problems with the others are reported before anything expensive begins."""
    audible = []
    for file in files:
        try:
            orchestrator.check_pipeline(_of_file(config, file))
        except AudioSourceError as error:
            _complain(file, error.code, str(error))
        else:
            audible.append(file)
    return audible


def _config(orchestrator: SystemOrchestrator, wanted: Mapping[str, object]) -> PipelineConfig:
    """The usual profile without hypotheses: nobody would see them."""
    without_hypotheses = {"partial_interval_seconds": None, "speculative_finals": False}
    overrides = {"transcription": {**without_hypotheses, **wanted}}
    config = orchestrator.configure_profile(DEFAULT_PROFILE, overrides)
    return replace(config, lockstep=True)


def _of_file(config: PipelineConfig, file: Path) -> PipelineConfig:
    return replace(config, source=FileRequest(path=file, speed=None))


def _heard(
    orchestrator: SystemOrchestrator, config: PipelineConfig, file: Path, notes: Console
) -> list[StoredEvent]:
    """The log of a session that heard the file; the bar is gone before anything is printed."""
    log: list[StoredEvent] = []
    with _progress(notes) as bar:
        task = bar.add_task(printable(file.name), total=None)
        session_id = orchestrator.start_pipeline(_of_file(config, file), log.append)
        while not orchestrator.wait(session_id, _LOOK_SECONDS):
            try:
                progress = orchestrator.progress(session_id)
            except SessionNotRunningError:
                continue
            bar.update(task, total=progress.duration_samples, completed=progress.heard_samples)
        _finish(bar, task)
    return log


def _problems(log: Sequence[StoredEvent]) -> Iterator[tuple[str, str]]:
    """The code and sentence of every event that left something out."""
    for stored in log:
        match stored.event:
            case TranscriptionFailed() as failed:
                yield failed.code, failed.message
            case AudioGapRecorded() as gap:
                seconds, place = samples_to_seconds(gap.lost_samples), clock_time(gap.start_sample)
                yield _NOT_HEARD, f"{seconds:.2f} s from {place} on were not heard ({gap.reason})."
            case _:
                pass
    yield from _problems_left(fold_status(log))


def _problems_left(status: SessionStatus) -> Iterator[tuple[str, str]]:
    """What was still wrong at the end, and the end itself if it was not a normal one."""
    for degraded in status.degraded:
        yield degraded.problem.code, degraded.problem.message
    if status.failure is not None:
        yield status.failure.code, status.failure.message
    elif not is_terminal(status.state):
        yield SessionWorkerError.code, "The session broke off; `stt --debug transcribe` shows where."


def _left_out(transcript: Transcript) -> str | None:
    """What the text alone does not show: that there was no speech, or sound that was taken for noise."""
    rejected = transcript.rejected
    if not rejected:
        is_empty = not (transcript.utterances or transcript.failed)
        return "No speech was heard." if is_empty else None
    what = "1 stretch of sound was" if len(rejected) == 1 else f"{len(rejected)} stretches of sound were"
    seconds = samples_to_seconds(sum(stretch.end_sample - stretch.start_sample for stretch in rejected))
    return f"{what} taken for noise and left out, {seconds:.1f} s in all; `rejected` in --format json says why."


def _complain(file: Path, code: str, message: str, kind: str = "Error") -> None:
    """Report a file's problem on stderr, naming the file once."""
    name = printable(str(file))
    told = f"{kind} [{code}]: {message}"
    say(told if name in message else f"{name}: {told}", err=True)


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    return Progress(
        *columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal
    )


def _finish(bar: Progress, task: TaskID) -> None:
    total = bar.tasks[task].total or 1
    bar.update(task, total=total, completed=total)
