"""Results as a benchmark might give them."""

from realtime_mlx_stt.application.benchmark.results import (
    BenchmarkResults,
    ClipResult,
    ContestantResult,
    LiveResult,
)
from realtime_mlx_stt.application.read_models.latency import Percentiles

__all__ = ["sample_results"]


def sample_results(command: str = "stt bench") -> BenchmarkResults:
    """Two contestants over two clips without transcripts, one stream that keeps up, and two that do not."""
    return BenchmarkResults(
        command=command,
        machine="Linux on two cores",
        model="tiny.en",
        clips=2,
        clip_seconds=5.0,
        contestants=(_contestant("ours", 0.25, 1.0), _contestant("faster-whisper int8", 0.5, 2.0)),
        live=(_live(1, ()), _live(2, ("transcription-behind",))),
        notes=("No word error rate: of some clips nobody wrote down what is said.",),
    )


def _contestant(name: str, seconds: float, times_ours: float) -> ContestantResult:
    clips = tuple(
        ClipResult(
            clip=clip, clip_seconds=length, text="What is said.", seconds=seconds, processor_seconds=2 * seconds
        )
        for clip, length in (("short", 1.0), ("long", 4.0))
    )
    return ContestantResult(
        name=name,
        description=f"{name} 1.0",
        rounds=3,
        word_error_rate=None,
        median_seconds=seconds,
        p95_seconds=seconds,
        real_time_factor=seconds / 2.5,
        times_ours=times_ours,
        clips=clips,
    )


def _live(streams: int, degradations: tuple[str, ...]) -> LiveResult:
    wait = Percentiles(median=0.1, p90=0.2, p95=0.3, largest=0.4)
    return LiveResult(
        streams=streams,
        seconds=60.0,
        utterances=11 * streams,
        rejected=0,
        lost_finals=0,
        full_window_finals=3,
        lost_audio_seconds=0.0,
        degradations=degradations,
        cores=0.5,
        partials_per_second=3.1,
        stable_words=100,
        taken_back_words=1,
        word_error_rate=None,
        first_partial_seconds=wait,
        partial_age_seconds=wait,
        speech_to_final_seconds=wait,
        decision_to_final_seconds=None if degradations else wait,
    )
