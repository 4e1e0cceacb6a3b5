"""Assembles a benchmark: who takes part, over which clips, and where the report goes."""

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
from realtime_mlx_stt.adapters.benchmark.peers import require_faster_whisper
from realtime_mlx_stt.adapters.benchmark.plots import require_matplotlib
from realtime_mlx_stt.adapters.benchmark.report import check_report_path, write_report
from realtime_mlx_stt.adapters.benchmark.word_errors import word_error_count
from realtime_mlx_stt.adapters.cli.benchmark_wishes import BenchmarkWishes
from realtime_mlx_stt.application.benchmark.clips import Clip, joined_clips, read_clip, spoken_clips
from realtime_mlx_stt.application.benchmark.live_streams import LiveStreams
from realtime_mlx_stt.application.benchmark.results import BenchmarkResults, LiveResult
from realtime_mlx_stt.application.benchmark.side_by_side import Entrant, Progress, measure_side_by_side
from realtime_mlx_stt.application.profiles.profiles import DEFAULT_PROFILE
from realtime_mlx_stt.application.session.pipeline import PipelineConfig
from realtime_mlx_stt.composition.container import Container, release
from realtime_mlx_stt.composition.contestant import CONTESTANTS
from realtime_mlx_stt.composition.settings import RuntimeSettings
from realtime_mlx_stt.ports.benchmark import WordErrorCount

__all__ = ["run_benchmark"]

_AS_INSTALLED: Final = "mlx-whisper as installed"
"""A contestant so slow on Linux that it hears only few clips, once; on macOS it has the fast BLAS as installed."""

_MOST_CLIPS_AS_INSTALLED: Final = 6
"""About a minute and a half, at some 15 s for each clip, however short it is."""

_UNKNOWN_WORDS: Final = (
    "No word error rate: of some clips nobody wrote down what is said. Put that of x.wav into x.txt beside it."
)


def run_benchmark(wishes: BenchmarkWishes, progress: Progress) -> BenchmarkResults:
    """Measure what is asked for, as ``RunBenchmark`` says; the log is kept in memory."""
    if wishes.report is not None:
        check_report_path(wishes.report)
        require_matplotlib()
    if wishes.with_peers:
        require_faster_whisper()
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
    clips = _clips(container, wishes)
    container.models().pull(transcription.model, lambda what, done, total: progress(what, done, total or done or 1))
    count_errors = word_error_count(transcription.language)
    contestants = measure_side_by_side(_entrants(wishes, transcription.model), clips, count_errors, progress)
    return BenchmarkResults(
        command=wishes.command,
        machine=describe_machine(),
        model=transcription.model,
        clips=len(clips),
        clip_seconds=sum(clip.seconds for clip in clips),
        contestants=contestants,
        live=_live(container, config, clips, wishes, count_errors, progress),
        notes=(_UNKNOWN_WORDS,) if any(clip.text is None for clip in clips) else (),
    )


def _clips(container: Container, wishes: BenchmarkWishes) -> list[Clip]:
    clips = [read_clip(container.sources(), file.path, file.text) for file in find_clips(wishes.inputs)]
    return [*clips, *joined_clips(clips)] if wishes.with_joins else clips


def _config(container: Container, wishes: BenchmarkWishes) -> PipelineConfig:
    """The usual profile, with the model and the language that are asked for.

    Raises:
        UnknownModelError, UnknownLanguageError: there is no such thing.
    """
    wanted = {"model": wishes.model, "language": wishes.language}
    given = {name: value for name, value in wanted.items() if value is not None}
    config = container.orchestrator().configure_profile(DEFAULT_PROFILE, {"transcription": given})
    container.ports().resolved(config.settings)
    return config


def _entrants(wishes: BenchmarkWishes, model: str) -> list[Entrant]:
    """Ours alone, or with all contestants that differ from it on this system."""
    names = list(CONTESTANTS) if wishes.with_peers else list(CONTESTANTS)[:1]
    if platform.system() != "Linux" and _AS_INSTALLED in names:
        names.remove(_AS_INSTALLED)
    return [
        Entrant(
            name=name,
            rounds=1 if name == _AS_INSTALLED else wishes.rounds,
            start=partial(ContestantProcess, contestant_command(name, model, wishes.language)),
            most_clips=_MOST_CLIPS_AS_INSTALLED if name == _AS_INSTALLED else None,
        )
        for name in names
    ]


def contestant_command(name: str, model: str, language: str | None) -> list[str]:
    """The command that starts the process of the contestant of that name."""
    options = ["--model", model, *(["--language", language] if language else [])]
    return [sys.executable, "-m", "realtime_mlx_stt.composition.contestant", name, *options]


def _live(
    container: Container,
    config: PipelineConfig,
    clips: Sequence[Clip],
    wishes: BenchmarkWishes,
    count_errors: WordErrorCount,
    progress: Progress,
) -> tuple[LiveResult, ...]:
    with kept_sounds() as keep_sound:
        live = LiveStreams(container.orchestrator(), keep_sound, count_errors)
        speakers = (
            spoken_clips(clips, streams, wishes.seconds, every_clip=wishes.every_clip) for streams in wishes.streams
        )
        return tuple(live.measure(config, spoken, progress) for spoken in speakers)
