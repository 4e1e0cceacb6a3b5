"""Times what batching the work of sessions that wait together would save, by tiny.en's matrix products.

A decoder's step multiplies every weight by one row. Sessions that wait together could share the step, with one row
each, and likewise an encoder's pass. One batch is compared with as many single steps, on the processor. A batch of
few rows is multiplied in blocks of the weights, as the decoder multiplies them: each weight is read once for all
rows.

``python -m benchmarks.batched_steps [--json PATH]``
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from benchmarks.figures import Figure, figure_table, figures_as_json

from realtime_mlx_stt.adapters.speech_to_text.network.matrix_products import rows_by_matrix

__all__ = ["main", "measure"]

_Floats = npt.NDArray[np.float32]

_STATE: Final = 384
_VOCABULARY: Final = 51_864
_BLOCKS: Final = 4
_SHAPES: Final = (*[(_STATE, _STATE)] * 6, (4 * _STATE, _STATE), (_STATE, 4 * _STATE))
"""The matrices of a block of the decoder: six projections (those of the audio's keys and values do not count), and
two of the MLP.
"""

_ENCODER_ROWS: Final = 400
"""About as many rows as the encoder computes of an utterance of some seconds."""

_TOGETHER: Final = (2, 4, 6)
_RUNS: Final = 15


def measure() -> list[Figure]:
    """For each number of sessions the time of a batch over that of as many single steps; below 1 it pays."""
    random = np.random.default_rng(0)
    blocks = [_weights(random, shape) for _ in range(_BLOCKS) for shape in _SHAPES]
    decoder = [*blocks, _weights(random, (_VOCABULARY, _STATE))]
    figures = []
    for together in _TOGETHER:
        figures += [
            Figure(
                name=f"decoder step of {together} sessions at once, against one after the other",
                value=_ratio(decoder, 1, together),
                unit="times",
            ),
            Figure(
                name=f"encoder blocks of {together} sessions at once, against one after the other",
                value=_ratio(blocks, _ENCODER_ROWS, together),
                unit="times",
            ),
        ]
    return figures


def main(arguments: Sequence[str] | None = None) -> list[Figure]:
    """Print the figures as a table, write them to ``--json`` if that is given, and return them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batched_steps", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the figures there as well")
    json_path: Path | None = parser.parse_args(arguments).json
    figures = measure()
    print(figure_table(figures))
    if json_path is not None:
        json_path.write_text(json.dumps(figures_as_json(figures), indent=2) + "\n")
    return figures


def _weights(random: np.random.Generator, shape: tuple[int, int]) -> _Floats:
    return random.standard_normal(shape, dtype=np.float32)


def _ratio(weights: Sequence[_Floats], rows: int, together: int) -> float:
    """The best of several runs of each over the other, taken in turn, so that other load slows both alike."""
    single = [np.ones((rows, weight.shape[1]), dtype=np.float32) for weight in weights]
    batch = [np.ones((together * rows, weight.shape[1]), dtype=np.float32) for weight in weights]
    alone: list[float] = []
    batched: list[float] = []
    for _ in range(_RUNS):
        alone.append(together * _seconds(lambda: _multiply(weights, single)))
        batched.append(_seconds(lambda: _multiply(weights, batch)))
    return min(batched) / min(alone)


def _multiply(weights: Sequence[_Floats], inputs: Sequence[_Floats]) -> None:
    for weight, rows in zip(weights, inputs, strict=True):
        rows_by_matrix(rows, weight)


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
