"""Writes positions and moments for a person to read."""

from datetime import datetime

from realtime_mlx_stt.domain.audio_format import samples_to_seconds

__all__ = ["clock_time", "local_moment"]


def clock_time(sample: int) -> str:
    """A position as ``0:05.2``, or ``1:02:05.2`` from an hour on."""
    tenths = round(samples_to_seconds(sample) * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{tenths // 10:02d}.{tenths % 10}"
    return f"{hours}:{minutes:02d}:{seconds}" if hours else f"{minutes}:{seconds}"


def local_moment(seconds_since_1970: float) -> str:
    """A moment in the machine's own time zone, to the second."""
    return datetime.fromtimestamp(seconds_since_1970).astimezone().strftime("%Y-%m-%d %H:%M:%S")
