"""Writes down what is said in files: one session a file, as fast as it goes, the result alone on stdout."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from realtime_mlx_stt.adapters.cli.model_progress import have_model
from realtime_mlx_stt.adapters.cli.options import given
from realtime_mlx_stt.adapters.cli.services import Services
from realtime_mlx_stt.adapters.cli.standard_streams import OutputError
from realtime_mlx_stt.application.orchestrator import SystemOrchestrator
from realtime_mlx_stt.application.pipeline import PipelineConfig
from realtime_mlx_stt.application.profiles import DEFAULT_PROFILE
from realtime_mlx_stt.application.read_models.status import fold_status
from realtime_mlx_stt.application.read_models.subtitles import TranscriptFormat, render, transcript_document
from realtime_mlx_stt.application.read_models.transcript import Transcript, fold_transcript
from realtime_mlx_stt.application.session_runner import SessionNotRunningError
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.domain.events import TranscriptionFailed
from realtime_mlx_stt.domain.printable_text import printable
from realtime_mlx_stt.ports.audio_source import FileRequest
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["transcribe_files"]

_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class _FileTranscript:
    """What was written down of a file; ``problems`` are those that left something out."""

    file: Path
    transcript: Transcript
    problems: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file as it was named, in text."""
        return printable(str(self.file))


def transcribe_files(
    services: Services,
    files: Sequence[Path],
    model: str | None,
    language: str | None,
    format_name: str,
    output: Path | None,
) -> int:
    """Transcribe the files one after the other; a file that fails costs only itself. Returns the exit status.

    Raises:
        RealtimeSttError: nothing at all can be transcribed.
    """
    notes = Console(stderr=True, highlight=False)
    config = _config(services.orchestrator, model, language)
    have_model(services.models, config.settings.transcription.model, notes)
    written: list[_FileTranscript] = []
    failures = 0
    with _progress(notes) as bar:
        for file in files:
            try:
                written.append(_transcribe(services.orchestrator, config, file, bar))
            except RealtimeSttError as error:
                _complain(error.code, str(error))
                failures += 1
    _write(written, len(files), TranscriptFormat(format_name), output)
    failures += sum(len(each.problems) for each in written)
    return int(failures > 0)


def _config(orchestrator: SystemOrchestrator, model: str | None, language: str | None) -> PipelineConfig:
    """The usual profile without hypotheses: nobody would see them."""
    without_hypotheses = {"partial_interval_seconds": None, "speculative_finals": False}
    transcription = without_hypotheses | given(model=model, language=language)
    config = orchestrator.configure_profile(DEFAULT_PROFILE, {"transcription": transcription})
    return replace(config, lockstep=True)


def _transcribe(
    orchestrator: SystemOrchestrator, config: PipelineConfig, file: Path, bar: Progress
) -> _FileTranscript:
    log: list[StoredEvent] = []
    task = bar.add_task(printable(file.name), total=None)
    session_id = orchestrator.start_pipeline(replace(config, source=FileRequest(path=file, speed=None)), log.append)
    while not orchestrator.wait(session_id, _LOOK_SECONDS):
        try:
            progress = orchestrator.progress(session_id)
        except SessionNotRunningError:
            continue
        bar.update(task, total=progress.duration_samples, completed=progress.heard_samples)
    _finish(bar, task)
    return _FileTranscript(file=file, transcript=fold_transcript(log), problems=tuple(_problems(log)))


def _problems(log: Sequence[StoredEvent]) -> list[str]:
    failure = fold_status(log).failure
    failed = [stored.event for stored in log if isinstance(stored.event, TranscriptionFailed)]
    problems = [f"Error [{event.code}]: {event.message}" for event in failed]
    return problems + ([f"Error [{failure.code}]: {failure.message}"] if failure else [])


def _write(
    written: Sequence[_FileTranscript], asked: int, transcript_format: TranscriptFormat, output: Path | None
) -> None:
    for each in written:
        for problem in each.problems:
            click.echo(f"{each.name}: {problem}", err=True)
    if output is not None and asked > 1:
        for each in written:
            _save(output / f"{each.file.stem}.{transcript_format}", _rendered(each, transcript_format))
    elif written:
        text = _several(written, transcript_format) if asked > 1 else _rendered(written[0], transcript_format)
        if output is None:
            click.echo(text, nl=False)
        else:
            _save(output, text)


def _several(written: Sequence[_FileTranscript], transcript_format: TranscriptFormat) -> str:
    """Several files on stdout: JSON as one list, text under a line with each file's name."""
    if transcript_format is TranscriptFormat.JSON:
        documents = [transcript_document(each.transcript, each.name) for each in written]
        return json.dumps(documents, ensure_ascii=False, indent=2) + "\n"
    return "\n".join(f"==> {each.name} <==\n{_rendered(each, transcript_format)}" for each in written)


def _rendered(each: _FileTranscript, transcript_format: TranscriptFormat) -> str:
    return render(each.transcript, transcript_format, each.name)


def _save(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"The result cannot be written to {path}: {error.strerror}.") from error


def _complain(code: str, message: str) -> None:
    click.echo(f"Error [{code}]: {message}", err=True)


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    return Progress(
        *columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal
    )


def _finish(bar: Progress, task: TaskID) -> None:
    total = bar.tasks[task].total or 1
    bar.update(task, total=total, completed=total)
