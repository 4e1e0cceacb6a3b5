"""Plays complete sound, from a file or from memory, into a session: as fast as it is taken, or at a speed."""

import logging
import threading
from collections.abc import Iterator
from typing import Final, Protocol

from realtime_mlx_stt.adapters.audio.conversion.stream_converter import Frames, StreamConverter, converted_samples
from realtime_mlx_stt.adapters.audio.files.pacing import Pacing, RealTimePacing
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.ports.audio_source import (
    AudioBlock,
    AudioCutShortError,
    AudioDelivery,
    AudioLost,
    AudioSink,
    AudioSourceError,
    SourceCutShort,
    SourceEnded,
    SourceFailed,
)

__all__ = ["PlayedSource", "ReadySound"]

_LOGGER = logging.getLogger(__name__)

_READ_SECONDS: Final = 0.5
"""How much is read, and held in memory, at a time."""

_PACED_BLOCK_SAMPLES: Final = 512
"""32 ms: how much is delivered at a time at a speed, about as much as by a microphone."""

_STOP_SECONDS: Final = 0.8


class ReadySound(Protocol):
    """Complete sound that can be read. For one thread."""

    @property
    def frames(self) -> int | None:
        """How many frames there are; None when that is not known."""
        ...

    @property
    def sample_rate_hz(self) -> int:
        """Frames per second."""
        ...

    def read(self, frames: int) -> Frames:
        """At most this many further frames; none at the end.

        Raises:
            AudioSourceError: they cannot be read.
        """
        ...

    def cut_short(self) -> AudioCutShortError | None:
        """What is to be told if it ended before its header says; asked once it has been read to its end."""
        ...

    def close(self) -> None:
        """Read nothing more; idempotent."""
        ...


class PlayedSource:
    """An ``AudioSource``. The sound is closed once the source has ended or is stopped.

    At speed s, a block is delivered when a microphone that listens s times as fast would have heard its last
    sample. All these moments are counted from the start, so that one late block makes no other late.

    ``description`` is what a person would call the sound.
    """

    def __init__(
        self, sound: ReadySound, description: str, speed: float | None = None, pacing: Pacing | None = None
    ) -> None:
        self._sound = sound
        self._description = description
        self._speed = speed
        self._pacing = RealTimePacing() if pacing is None else pacing
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def description(self) -> str:
        """What a person would call the sound."""
        return self._description

    @property
    def duration_samples(self) -> int | None:
        """How many samples it delivers in all, unless it is damaged; None when its header does not tell."""
        frames = self._sound.frames
        return None if frames is None else converted_samples(frames, self._sound.sample_rate_hz)

    def start(self, sink: AudioSink) -> None:
        """Begin to deliver to ``sink`` from a thread of its own.

        Raises:
            AudioSourceError: it has been started or stopped before.
        """
        with self._lock:
            if self._thread is not None or self._stopped.is_set():
                raise AudioSourceError(f"{self.description} has been played; open it again to play it again.")
            self._thread = threading.Thread(
                target=self._play, args=(sink,), name=f"player-{self.description}", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Deliver nothing more once this returns, and release the sound.

        A sink that never lets go of a delivery holds the thread, not this call.
        """
        with self._lock:
            self._stopped.set()
            thread = self._thread
            if thread is None:
                self._sound.close()
                return
        if thread is not threading.current_thread():
            thread.join(_STOP_SECONDS)

    def _play(self, sink: AudioSink) -> None:
        started_at = self._pacing.now()
        try:
            for delivery in self._deliveries():
                if not self._is_due(delivery, started_at) or not sink.put(delivery):
                    return
        finally:
            self._sound.close()

    def _is_due(self, delivery: AudioDelivery, started_at: float) -> bool:
        """Wait for the delivery's moment; False when the source is stopped first."""
        if self._speed is None:
            return not self._stopped.is_set()
        moment = started_at + _end_sample(delivery) / (SAMPLE_RATE_HZ * self._speed)
        return self._pacing.wait_until(moment, self._stopped)

    def _deliveries(self) -> Iterator[AudioDelivery]:
        converter = StreamConverter(self._sound.sample_rate_hz)
        try:
            yield from self._contents(converter)
        except AudioSourceError as error:
            yield from self._cut(converter.finish())
            yield SourceFailed(at_sample=converter.end_sample, error=error)
        except Exception as error:
            _LOGGER.exception("Playing %s failed by a defect", self._description)
            failure = AudioSourceError(f"Playing {self._description} failed by a defect of the program: {error}")
            yield SourceFailed(at_sample=converter.end_sample, error=failure)

    def _contents(self, converter: StreamConverter) -> Iterator[AudioDelivery]:
        read_frames = max(1, round(self._sound.sample_rate_hz * _READ_SECONDS))
        frames = self._sound.read(read_frames)
        while len(frames):
            yield from self._cut(converter.convert(frames))
            frames = self._sound.read(read_frames)
        yield from self._cut(converter.finish())
        cut_short = self._sound.cut_short()
        if cut_short is not None:
            yield SourceCutShort(at_sample=converter.end_sample, error=cut_short)
        yield SourceEnded(at_sample=converter.end_sample)

    def _cut(self, converted: list[AudioBlock | AudioLost]) -> Iterator[AudioBlock | AudioLost]:
        """Cut a long delivery into blocks like those of a microphone."""
        for piece in converted:
            if self._speed is None or isinstance(piece, AudioLost):
                yield piece
                continue
            for first in range(0, len(piece.samples), _PACED_BLOCK_SAMPLES):
                part = piece.samples[first : first + _PACED_BLOCK_SAMPLES]
                yield AudioBlock(first_sample=piece.first_sample + first, samples=part)


def _end_sample(delivery: AudioDelivery) -> int:
    match delivery:
        case AudioBlock():
            return delivery.end_sample
        case AudioLost():
            return delivery.first_sample + delivery.lost_samples
        case _:
            return delivery.at_sample
