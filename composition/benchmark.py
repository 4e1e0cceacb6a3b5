"""Wires a benchmark: who takes part, over which clips, and where the report goes."""

import os
import platform
import sys
from collections.abc import Sequence
from functools import partial
from typing import Final

from realtime_mlx_stt.adapters.benchmark.clip_files import find_clips
from realtime_mlx_stt.adapters.benchmark.contestant_process import ContestantProcess
from realtime_mlx_stt.adapters.benchmark.kept_sounds import kept_sounds
from realtime_mlx_stt.adapters.benchmark.machine import describe_machine
from realtime_mlx_stt.adapters.benchmark.plots import require_matplotlib
from realtime_mlx_stt.adapters.benchmark.report import check_report_path, write_report
from realtime_mlx_stt.adapters.benchmark.word_errors import word_error_count
from realtime_mlx_stt.adapters.cli.benchmark_wishes import BenchmarkWishes
from realtime_mlx_stt.application.benchmark.clips import Clip, read_clip
from realtime_mlx_stt.application.benchmark.live_streams import LiveStreams
from realtime_mlx_stt.application.benchmark.results import BenchmarkResults, LiveResult
from realtime_mlx_stt.application.benchmark.side_by_side import Entrant, Progress, measure_side_by_side
from realtime_mlx_stt.application.pipeline import PipelineConfig
from realtime_mlx_stt.application.profiles import DEFAULT_PROFILE
from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.composition.contestant import CONTESTANTS
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.ports.benchmark import ExtraMissingError, WordErrorCount

__all__ = ["run_benchmark"]

_AS_INSTALLED: Final = "mlx-whisper as installed"
"""So slow on Linux that it hears each clip once; on macOS it has the fast BLAS as installed."""

_UNKNOWN_WORDS: Final = "No word error rate: of some clips nobody wrote down what is said."


def run_benchmark(wishes: BenchmarkWishes, progress: Progress) -> BenchmarkResults:
    """Measure what is wished, as ``RunBenchmark`` says; the log is kept in memory."""
    if wishes.report is not None:
        check_report_path(wishes.report)
        require_matplotlib()
    container = Container(settings=RuntimeSettings.of_this_machine(os.environ, is_ephemeral=True))
    try:
        results = _measured(container, wishes, progress)
    finally:
        release(container)
    if wishes.report is not None:
        write_report(results, wishes.report)
    return results


def _measured(container: Container, wishes: BenchmarkWishes, progress: Progress) -> BenchmarkResults:
    config = _config(container, wishes)
    transcription = config.settings.transcription
    files = find_clips(wishes.inputs)
    clips = [read_clip(container.sources(), file.path, file.text) for file in files]
    container.models().pull(transcription.model, lambda what, done, total: progress(what, done, total or done or 1))
    count_errors, notes = _word_error_count(clips, transcription.language)
    contestants = measure_side_by_side(_entrants(wishes, transcription.model), clips, count_errors, progress)
    return BenchmarkResults(
        command=wishes.command,
        machine=describe_machine(),
        model=transcription.model,
        clips=len(clips),
        clip_seconds=sum(clip.seconds for clip in clips),
        contestants=contestants,
        live=_live(container, config, clips, wishes, count_errors, progress),
        notes=notes,
    )


def _config(container: Container, wishes: BenchmarkWishes) -> PipelineConfig:
    """The usual profile, with the model and the language that are wished.

    Raises:
        UnknownModelError, UnknownLanguageError: there is no such thing.
    """
    wanted = {"model": wishes.model, "language": wishes.language}
    given = {name: value for name, value in wanted.items() if value is not None}
    config = container.orchestrator().configure_profile(DEFAULT_PROFILE, {"transcription": given})
    container.ports().resolved(config.settings)
    return config


def _word_error_count(clips: Sequence[Clip], language: str | None) -> tuple[WordErrorCount | None, tuple[str, ...]]:
    """The count, or None and the sentence that says why there is none."""
    if any(clip.text is None for clip in clips):
        return None, (_UNKNOWN_WORDS,)
    try:
        return word_error_count(language), ()
    except ExtraMissingError as error:
        return None, (str(error),)


def _entrants(wishes: BenchmarkWishes, model: str) -> list[Entrant]:
    """Ours alone, or with all peers that differ from it on this system."""
    names = list(CONTESTANTS) if wishes.with_peers else list(CONTESTANTS)[:1]
    if platform.system() != "Linux" and _AS_INSTALLED in names:
        names.remove(_AS_INSTALLED)
    return [
        Entrant(
            name=name,
            rounds=1 if name == _AS_INSTALLED else wishes.rounds,
            start=partial(ContestantProcess, _command(name, model, wishes.language)),
        )
        for name in names
    ]


def _command(name: str, model: str, language: str | None) -> list[str]:
    options = ["--model", model, *(["--language", language] if language else [])]
    return [sys.executable, "-m", "realtime_mlx_stt.composition.contestant", name, *options]


def _live(
    container: Container,
    config: PipelineConfig,
    clips: Sequence[Clip],
    wishes: BenchmarkWishes,
    count_errors: WordErrorCount | None,
    progress: Progress,
) -> tuple[LiveResult, ...]:
    with kept_sounds() as keep_sound:
        live = LiveStreams(container.orchestrator(), keep_sound, count_errors)
        return tuple(live.measure(config, clips, streams, wishes.seconds, progress) for streams in wishes.streams)
