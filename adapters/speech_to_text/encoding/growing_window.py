"""Where in a memory the positions of speech that grows have their rows, and those of the silence behind it.

First come the positions that stand for the silence of all thirty seconds, one for many; then each of the speech. As
the speech grows over the place of silence, the first rows fall out of use; no row changes its place.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from realtime_mlx_stt.adapters.speech_to_text.encoding.hearing_window import SAMPLES_PER_POSITION

__all__ = ["GrowingWindow", "memory_rows"]

_STRIDE: Final = 32
"""One in so many positions of the silence is computed."""

_MARGIN_POSITIONS: Final = 15
"""So much of the silence right behind the speech is computed whole, and each time: with 0.5 s instead of 0.3 s the
texts of joined clips were no better."""

_STEP_POSITIONS: Final = 10
"""Speech and margin are a multiple of it: MLX keeps buffers by size, so few sizes should occur."""

_EDGE_POSITIONS: Final = 4
"""So many positions behind speech and margin tell the convolutions' silence from the edge that they reach over."""

_Places = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowingWindow:
    """The window of ``longest`` positions over so many samples."""

    longest: int
    samples: int

    @property
    def dense(self) -> int:
        """Positions of speech and margin."""
        needed = -(-self.samples // SAMPLES_PER_POSITION) + _MARGIN_POSITIONS
        return min(-(-needed // _STEP_POSITIONS) * _STEP_POSITIONS, self.longest)

    @property
    def convolved(self) -> int:
        """Positions that the convolutions must see."""
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
        """Among the rows in use, that of the first position of the speech."""
        silence = self.silence
        first: int = silence.stop - silence.start
        return first

    def spoken(self, first: int) -> slice:
        """The rows of speech and margin from the position ``first`` on."""
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
        """Among the convolved positions, for each row one in which the same is heard.

        Silence is the same everywhere but at the very end, where the convolutions reach over the edge.
        """
        silence = np.full(self.silence.stop, self.dense + 1, dtype=np.int32)
        silence[-1] = self.convolved - 1
        return np.concatenate([silence, np.arange(self.dense, dtype=np.int32)])[rows]


def memory_rows(longest: int) -> int:
    """Rows that the window ever has."""
    return _silence(longest)[0].size + longest


def _silence(longest: int) -> tuple[_Places, _Places]:
    """Where the silence of each row begins and ends; the last position of all stands for itself alone."""
    begins = np.append(np.arange(0, longest - 1, _STRIDE), longest - 1).astype(np.int32)
    return begins, np.append(begins[1:], longest).astype(np.int32)
