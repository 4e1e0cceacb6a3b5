"""Assigns rows of a memory to the positions of growing speech and of the silence behind it.

First come the positions of the silence of all thirty seconds, each standing for many; then every position of the
speech. As the speech grows over the place of silence, the first rows are no longer used; no row changes its place.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from realtime_mlx_stt.adapters.speech_to_text.encoding.hearing_window import SAMPLES_PER_POSITION

__all__ = ["GrowingWindow", "memory_rows"]

_STRIDE: Final = 32
"""One in this many positions of the silence is computed."""

_MARGIN_POSITIONS: Final = 15
"""How many positions right behind the speech are all computed, each time, 0.3 s: with 0.5 s the texts of joined
clips were no better.
"""

_STEP_POSITIONS: Final = 10
"""The number of positions of speech and margin is a multiple of this: MLX keeps buffers by size, so few sizes
should occur.
"""

_EDGE_POSITIONS: Final = 4
"""How many positions behind speech and margin the convolutions must see, so that their silence is not taken for the
edge.
"""

_Places = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowingWindow:
    """The window of ``longest`` positions over this many samples."""

    longest: int
    samples: int

    @property
    def dense(self) -> int:
        """The number of positions of speech and margin, which are all computed."""
        needed = -(-self.samples // SAMPLES_PER_POSITION) + _MARGIN_POSITIONS
        return min(-(-needed // _STEP_POSITIONS) * _STEP_POSITIONS, self.longest)

    @property
    def convolved(self) -> int:
        """The number of positions that the convolutions must see."""
        return self.dense + _EDGE_POSITIONS

    @property
    def silence(self) -> slice:
        """The rows of silence that are in use."""
        begins, ends = _silence(self.longest)
        return slice(int(np.count_nonzero(ends <= self.dense)), begins.size)

    @property
    def attended(self) -> slice:
        """All rows in use."""
        return slice(self.silence.start, self.silence.stop + self.dense)

    @property
    def first(self) -> int:
        """The place of the speech's first position among the rows in use."""
        silence = self.silence
        first: int = silence.stop - silence.start
        return first

    def spoken(self, first: int) -> slice:
        """The rows of speech and margin, from the position ``first`` on."""
        return slice(self.silence.stop + first, self.silence.stop + self.dense)

    @property
    def counts(self) -> npt.NDArray[np.float32]:
        """For how many positions each row in use stands."""
        begins, ends = (each[self.silence] for each in _silence(self.longest))
        return np.concatenate([ends - np.maximum(begins, self.dense), np.ones(self.dense)]).astype(np.float32)

    def positions(self, rows: slice) -> _Places:
        """The position of each row."""
        begins, ends = _silence(self.longest)
        return np.concatenate([(begins + ends - 1) // 2, np.arange(self.dense, dtype=np.int32)])[rows]

    def sources(self, rows: slice) -> _Places:
        """For each row, one of the convolved positions at which the same is heard.

        Silence is the same everywhere but at the very end, where the convolutions reach over the edge.
        """
        silence = np.full(self.silence.stop, self.dense + 1, dtype=np.int32)
        silence[-1] = self.convolved - 1
        return np.concatenate([silence, np.arange(self.dense, dtype=np.int32)])[rows]


def memory_rows(longest: int) -> int:
    """The number of rows that the window ever uses."""
    return _silence(longest)[0].size + longest


def _silence(longest: int) -> tuple[_Places, _Places]:
    """Where the silence of each row begins and ends; the last position of all has a row of its own."""
    begins = np.append(np.arange(0, longest - 1, _STRIDE), longest - 1).astype(np.int32)
    return begins, np.append(begins[1:], longest).astype(np.int32)
