"""The last seconds of a session's audio, found again by their position."""

from collections import deque

import numpy as np

from realtime_mlx_stt.ports.audio_source import AudioBlock, AudioSamples

__all__ = ["AudioMemory"]


class AudioMemory:
    """Keeps blocks until they are no longer needed. For one thread at a time."""

    def __init__(self) -> None:
        self._blocks: deque[AudioBlock] = deque()

    def append(self, block: AudioBlock) -> None:
        """Remember a block that comes after all others; a hole before it reads as silence."""
        self._blocks.append(block)

    def forget_before(self, sample: int) -> None:
        """Let go of blocks that lie wholly before ``sample``."""
        while self._blocks and self._blocks[0].end_sample <= sample:
            self._blocks.popleft()

    def between(self, start_sample: int, end_sample: int) -> AudioSamples:
        """A copy of the samples from ``start_sample`` to before ``end_sample``; what is not known is silence."""
        audio = np.zeros(max(0, end_sample - start_sample), dtype=np.float32)
        for block in self._blocks:
            first = max(start_sample, block.first_sample)
            last = min(end_sample, block.end_sample)
            if first < last:
                audio[first - start_sample : last - start_sample] = block.samples[
                    first - block.first_sample : last - block.first_sample
                ]
        return audio
