"""The memory gives back exactly the samples asked for, and lets go of what is no longer needed."""

import weakref

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from realtime_mlx_stt.application.hearing.audio_memory import AudioMemory
from realtime_mlx_stt.ports.audio_source import AudioBlock

AUDIO = np.arange(1, 1_001, dtype=np.float32)


@given(st.lists(st.integers(0, 1_000), max_size=20).map(sorted), st.integers(-50, 1_100), st.integers(-50, 1_100))
def test_any_stretch_is_found_again_however_the_audio_was_cut(cuts: list[int], start: int, end: int) -> None:
    memory = AudioMemory()
    position = 0
    for part in np.split(AUDIO, cuts):
        memory.append(AudioBlock(first_sample=position, samples=part))
        position += len(part)
    expected = [AUDIO[sample] if 0 <= sample < 1_000 else 0.0 for sample in range(start, end)]
    assert memory.between(start, end).tolist() == expected


def test_a_hole_reads_as_silence() -> None:
    memory = AudioMemory()
    memory.append(AudioBlock(first_sample=0, samples=AUDIO[:2]))
    memory.append(AudioBlock(first_sample=4, samples=AUDIO[:2]))
    assert memory.between(0, 6).tolist() == [1.0, 2.0, 0.0, 0.0, 1.0, 2.0]


def test_blocks_that_lie_wholly_before_what_is_needed_are_let_go() -> None:
    memory = AudioMemory()
    blocks = [np.ones(10, dtype=np.float32) for _ in range(3)]
    kept = [weakref.ref(block) for block in blocks]
    for place, block in enumerate(blocks):
        memory.append(AudioBlock(first_sample=10 * place, samples=block))
    del blocks, block
    memory.forget_before(11)
    assert [reference() is None for reference in kept] == [True, False, False]
    assert memory.between(10, 12).tolist() == [1.0, 1.0]
