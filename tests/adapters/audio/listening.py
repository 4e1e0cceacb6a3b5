"""A microphone that is listened to, with a sound library, a sink and a clock that are the test's."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.fakes.audio_library import FakeSoundLibrary, FakeStream
from tests.fakes.audio_sink import CollectingSink
from tests.fakes.clock import ManualClock

from realtime_mlx_stt.adapters.audio.microphone.microphone import MicrophoneSource
from realtime_mlx_stt.adapters.audio.microphone.microphone_listener import MicrophonePatience

__all__ = ["PATIENT", "Listening", "also_listening", "listening"]

PATIENT = MicrophonePatience(until_first_frames=10.0, between_frames=10.0, before_retry=0.01)


class Listening:
    """A microphone that is listened to, by a clock that the test sets."""

    def __init__(
        self,
        library: FakeSoundLibrary,
        device: int | str | None = None,
        patience: MicrophonePatience = PATIENT,
        *,
        follows_default: bool = True,
    ) -> None:
        self.library = library
        self.sink = CollectingSink()
        self.clock = ManualClock()
        self.source = MicrophoneSource(
            device,
            library,
            follows_default=follows_default,
            patience=patience,
            monotonic=self.clock.monotonic,
        )
        self.source.start(self.sink)

    @property
    def stream(self) -> FakeStream:
        return self.library.streams[-1]

    def hear(self, frames: int, *, captured_at: float = 0.0, follows_overflow: bool = False) -> None:
        """Let the device play silence, and the clock go on for as long as that takes."""
        self.clock.advance(frames / self.stream.sample_rate_hz)
        self.stream.play_silence(frames, captured_at=captured_at, follows_overflow=follows_overflow)

    def wait_for_sample(self, sample: int) -> None:
        self.sink.wait_for(lambda sink: sink.end_sample >= sample)


@contextmanager
def listening(
    library: FakeSoundLibrary,
    device: int | str | None = None,
    patience: MicrophonePatience = PATIENT,
    *,
    follows_default: bool = True,
) -> Iterator[Listening]:
    here = Listening(library, device, patience, follows_default=follows_default)
    try:
        yield here
    finally:
        here.source.stop()
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("microphone-")]
        assert all(stream.is_closed for stream in library.streams)
        assert all(look.is_closed for look in library.looks)


@contextmanager
def also_listening(
    library: FakeSoundLibrary, device: int | str | None = None, patience: MicrophonePatience = PATIENT
) -> Iterator[Listening]:
    """A second microphone of the same library, inside of the first."""
    other = Listening(library, device, patience)
    try:
        yield other
    finally:
        other.source.stop()
