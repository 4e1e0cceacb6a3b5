"""Runs inside a contestant's process: takes sound from its parent, and answers with the text and the time it took.

For each clip the parent writes one line with the number of samples, and then the samples, as float32. The process
answers one line of JSON, ``Answer``. The first answer, before any clip, describes the contestant, or says why it
cannot start.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import BinaryIO, Final

import msgspec
import numpy as np

from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.ports.audio_requests import AudioSamples

__all__ = ["SAMPLE_BYTES", "Answer", "Transcribe", "answer_parent"]

SAMPLE_BYTES: Final = 4
"""The size of a float32 in bytes."""

Transcribe = Callable[[AudioSamples], str]
"""Writes the text of samples: what a contestant does."""


class Answer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One answer; ``description`` is set in the first one, and ``error`` says why there is no text."""

    description: str = ""
    text: str = ""
    seconds: float = 0.0
    processor_seconds: float = 0.0
    error: str = ""


def answer_parent(start: Callable[[], tuple[str, Transcribe]]) -> None:
    """Start the contestant, which returns its description and its function; answer until the pipe is closed."""
    sounds, answers = sys.stdin.buffer, _own_stdout()
    try:
        description, transcribe = start()
    except RealtimeSttError as error:
        _write(answers, Answer(error=str(error)))
        return
    _write(answers, Answer(description=description))
    while line := sounds.readline():
        samples = np.frombuffer(sounds.read(SAMPLE_BYTES * int(line)), dtype=np.float32)
        _write(answers, _timed(transcribe, samples))


def _timed(transcribe: Transcribe, samples: AudioSamples) -> Answer:
    processor_began, began = time.process_time(), time.perf_counter()
    text = transcribe(samples)
    seconds, processor_seconds = time.perf_counter() - began, time.process_time() - processor_began
    return Answer(text=text.strip(), seconds=seconds, processor_seconds=processor_seconds)


def _own_stdout() -> BinaryIO:
    """The pipe to the parent, for answers alone: everything else that is printed from now on goes to stderr."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _write(answers: BinaryIO, answer: Answer) -> None:
    answers.write(msgspec.json.encode(answer) + b"\n")
    answers.flush()
