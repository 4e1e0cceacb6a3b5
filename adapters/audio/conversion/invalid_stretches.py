"""Finds where a stream holds numbers that cannot be sound, as stretches long enough to be reported."""

from collections import deque
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["InvalidStretches"]

_JOINED_SECONDS: Final = 0.02
"""Two invalid frames nearer than this are one stretch: nothing could be heard between them."""

_LONGEST_SECONDS: Final = 1.0
"""A longer stretch is reported in parts, so that time goes on for the listener."""


class InvalidStretches:
    """Finds stretches in a mask that comes in parts; they are the same however it is cut. Counts in frames."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._joined_frames = round(sample_rate_hz * _JOINED_SECONDS)
        self._longest_frames = round(sample_rate_hz * _LONGEST_SECONDS)
        self._frames = 0
        self._open: tuple[int, int] | None = None
        self._closed: deque[tuple[int, int]] = deque()

    @property
    def open_from(self) -> int | None:
        """The first frame of a stretch whose end is not yet known."""
        return None if self._open is None else self._open[0]

    @property
    def closed(self) -> deque[tuple[int, int]]:
        """The stretches that are complete, in order, each from its first frame to the one behind its last."""
        return self._closed

    def add_valid(self, frames: int) -> None:
        """Note that this many valid frames followed."""
        self._frames += frames
        if self._open is not None and self._frames - self._open[1] > self._joined_frames:
            self.close()

    def add(self, is_valid: npt.NDArray[np.bool_]) -> None:
        """Note that these frames followed."""
        invalid = np.flatnonzero(~is_valid) + self._frames
        breaks = np.flatnonzero(np.diff(invalid) > 1) + 1
        for run in np.split(invalid, breaks):
            if len(run):
                self._add_run(int(run[0]), int(run[-1]) + 1)
        self._frames += len(is_valid)
        self.add_valid(0)

    def close(self) -> None:
        """End the open stretch where its last invalid frame was."""
        if self._open is not None:
            self._closed.append(self._open)
            self._open = None

    def _add_run(self, start: int, end: int) -> None:
        if self._open is not None and start - self._open[1] <= self._joined_frames:
            start = self._open[0]
        else:
            self.close()
        while end - start > self._longest_frames:
            self._closed.append((start, start + self._longest_frames))
            start += self._longest_frames
        self._open = (start, end)
