"""Frames wait for whoever takes them; those of a machine that stood still are waited for."""

from collections.abc import Callable

from tests.fakes.audio_library import FakeSoundLibrary

from realtime_mlx_stt.adapters.audio.microphone.capture import Capture

PATIENCE_SECONDS = 0.01


def scripted(*moments: float | Callable[[], float]) -> Callable[[], float]:
    """A clock that shows these moments one after the other."""
    left = iter(moments)

    def monotonic() -> float:
        moment = next(left)
        return moment if isinstance(moment, float) else moment()

    return monotonic


def test_frames_that_do_not_come_in_time_are_none() -> None:
    library = FakeSoundLibrary()
    capture = Capture(library.devices[0], library, scripted(0.0, PATIENCE_SECONDS + 0.001))
    assert capture.next(PATIENCE_SECONDS) is None


def test_a_machine_that_stood_still_gives_frames_their_time_again() -> None:
    library = FakeSoundLibrary()

    def play() -> float:
        library.streams[0].play_silence(160)
        return 8.0

    capture = Capture(library.devices[0], library, scripted(0.0, 7.0, play, 8.0))
    arrival = capture.next(PATIENCE_SECONDS)
    assert arrival is not None
    assert len(arrival.captured.frames) == 160


def test_one_that_goes_on_without_frames_has_lost_its_device() -> None:
    library = FakeSoundLibrary()
    capture = Capture(library.devices[0], library, scripted(0.0, 7.0, 7.0, 7.0 + PATIENCE_SECONDS))
    assert capture.next(PATIENCE_SECONDS) is None


def test_what_a_closed_device_has_brought_is_left_in_order() -> None:
    library = FakeSoundLibrary()
    capture = Capture(library.devices[0], library, lambda: 5.0)
    library.streams[0].play_silence(1)
    capture.wake()
    library.streams[0].play_silence(2)
    capture.close()
    left = [capture.left(), capture.left(), capture.left()]
    assert [None if arrival is None else len(arrival.captured.frames) for arrival in left] == [1, 2, None]
    assert not capture.has_frames
