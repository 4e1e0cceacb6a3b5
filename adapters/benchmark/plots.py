"""Draws the results with matplotlib, as SVG."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from realtime_mlx_stt.application.benchmark.results import ContestantResult, LiveResult
from realtime_mlx_stt.application.read_models.latency import Percentiles
from realtime_mlx_stt.ports.benchmark import ExtraMissingError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_clip_times", "draw_live_waits", "require_matplotlib"]

_LIVE_PLOTS: Final[Sequence[tuple[str, Callable[[LiveResult], Percentiles | None]]]] = (
    ("end-of-speech decision to final text, s", lambda result: result.decision_to_final_seconds),
    ("end of speech to final text, s", lambda result: result.speech_to_final_seconds),
    ("age of partials, s", lambda result: result.partial_age_seconds),
    ("first partial after the onset, s", lambda result: result.first_partial_seconds),
)


def require_matplotlib() -> None:
    """Check that matplotlib is installed, so that plots can be drawn.

    Raises:
        ExtraMissingError: matplotlib is not installed.
    """
    try:
        import matplotlib  # noqa: F401, PLC0415 - only reports need it
    except ImportError as error:
        raise ExtraMissingError(
            "No plots are drawn without matplotlib; `pip install 'realtime-mlx-stt[bench]'` brings it, and "
            "without --report it is not needed."
        ) from error


def draw_clip_times(results: Sequence[ContestantResult], path: Path) -> None:
    """Draw the seconds for a clip (logarithmic) by its length, one line for each contestant."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only reports need it
    from matplotlib.ticker import LogLocator  # noqa: PLC0415

    with _styled():
        figure = Figure(figsize=(7.5, 4.5), layout="constrained")
        axes = figure.subplots()
        for result in results:
            clips = sorted(result.clips, key=lambda clip: clip.clip_seconds)
            seconds = [clip.seconds for clip in clips]
            axes.plot([clip.clip_seconds for clip in clips], seconds, marker="o", markersize=4, label=result.name)
        axes.set(yscale="log", xlabel="seconds of speech", ylabel="seconds to its text")
        axes.set_xlim(left=0)
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.yaxis.set_major_formatter("{x:g}")
        figure.legend(loc="outside lower center", ncols=3)
        figure.savefig(path, format="svg", metadata={"Date": None})


def draw_live_waits(results: Sequence[LiveResult], path: Path) -> None:
    """Draw how long speakers wait, by how many speak at once: the median and the 95th percentile."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only reports need it

    with _styled():
        figure = Figure(figsize=(7.5, 5.5), layout="constrained")
        for axes, (title, values) in zip(figure.subplots(2, 2).flat, _LIVE_PLOTS, strict=True):
            _draw_waits(axes, title, [(result.streams, values(result)) for result in results])
        figure.savefig(path, format="svg", metadata={"Date": None})


def _styled() -> AbstractContextManager[None]:
    """Settings that keep letters as letters and write the same file for the same results."""
    from matplotlib import rc_context  # noqa: PLC0415 - only reports need it

    return rc_context(
        {"svg.fonttype": "none", "svg.hashsalt": "realtime-mlx-stt", "font.size": 9, "axes.grid": True}
    )


def _draw_waits(axes: "Axes", title: str, waits: Sequence[tuple[int, Percentiles | None]]) -> None:
    measured = [(streams, wait) for streams, wait in waits if wait is not None]
    streams = [each for each, _ in measured]
    axes.plot(streams, [wait.median for _, wait in measured], marker="o", label="median")
    axes.plot(streams, [wait.p95 for _, wait in measured], marker="^", linestyle="--", label="p95")
    axes.set(title=title, xlabel="streams at once", xticks=[each for each, _ in waits])
    axes.set_ylim(bottom=0)
    axes.legend()
