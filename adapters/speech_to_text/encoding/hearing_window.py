"""Chooses which of Whisper's thirty seconds are computed: all of the speech, and some of the silence after it.

Whisper was trained on windows of 30 s, and in a shorter one its decoder often fails to stop. But after the speech
the window holds nothing but silence. There one position in four may stand for its neighbours, if it counts four
times wherever it is attended to. That nearly always gives the text of the whole window for a part of the work.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["SAMPLES_PER_POSITION", "HearingWindow", "hearing_window"]

SAMPLES_PER_POSITION: Final = 320

_LEAST_MARGIN_POSITIONS: Final = 25
_STEP_POSITIONS: Final = 50
"""The number of positions of speech and margin is a multiple of this, whole seconds: MLX keeps buffers by size, so
few sizes should occur.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingWindow:
    """The encoder's ``positions`` to compute; each stands for ``counts`` positions, the first ``dense`` for one."""

    positions: npt.NDArray[np.int32]
    counts: npt.NDArray[np.float32]
    dense: int

    @property
    def convolved(self) -> int:
        """The number of positions that the convolutions must see, to reach silence that is like all after it."""
        return self.dense + 4 if self.is_condensed else self.dense

    @property
    def sources(self) -> npt.NDArray[np.int32]:
        """For each of ``positions``, one of the convolved positions at which the same is heard.

        Silence is the same everywhere but at the very end, where the convolutions reach over the edge.
        """
        sources = np.minimum(self.positions, self.dense + 1)
        if self.is_condensed:
            sources[-1] = self.convolved - 1
        return sources

    @property
    def first(self) -> int:
        """Where among ``positions`` the audio begins."""
        return 0

    @property
    def is_condensed(self) -> bool:
        """Whether any position stands for others."""
        return self.positions.size > self.dense


def hearing_window(samples: int, *, longest: int, stride: int, step: int = _STEP_POSITIONS) -> HearingWindow:
    """The window of ``longest`` positions for this many samples; after the speech one in ``stride`` is computed.

    The number of positions of speech and margin is a multiple of ``step``. The last position of all stands for
    itself alone.
    """
    spoken = -(-samples // SAMPLES_PER_POSITION) + _LEAST_MARGIN_POSITIONS
    dense = min(-(-spoken // step) * step, longest)
    last = np.arange(max(dense, longest - 1), longest)
    starts = np.arange(dense, longest - last.size, stride)
    ends = np.minimum(starts + stride, longest - last.size)
    return HearingWindow(
        positions=np.concatenate([np.arange(dense), (starts + ends - 1) // 2, last]).astype(np.int32),
        counts=np.concatenate([np.ones(dense), ends - starts, np.ones(last.size)]).astype(np.float32),
        dense=dense,
    )
