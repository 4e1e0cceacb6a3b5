"""The inside of a contestant's process: takes sound from its parent, and answers with the text and what it took.

Its parent writes, for each clip, one line with the number of samples and then the samples, as float32. It answers
one line of JSON, ``Answer``; the first one, before any clip, says what the contestant is, or why there is none.
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
"""Of a float32."""

Transcribe = Callable[[AudioSamples], str]
"""What a contestant does."""


class Answer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """``description`` is of the first answer; ``error`` is why there is no other."""

    description: str = ""
    text: str = ""
    seconds: float = 0.0
    processor_seconds: float = 0.0
    error: str = ""


def answer_parent(start: Callable[[], tuple[str, Transcribe]]) -> None:
    """Start the contestant, which gives its description and what it does; answer until the pipe is closed."""
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
    """The pipe to the parent, for answers alone: whatever a library prints from now on goes to stderr."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _write(answers: BinaryIO, answer: Answer) -> None:
    answers.write(msgspec.json.encode(answer) + b"\n")
    answers.flush()
