"""Runs a microphone's thread: hears frames, reports losses, recovers, and follows the default."""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from realtime_mlx_stt.adapters.audio.live_delivery import LiveDelivery
from realtime_mlx_stt.adapters.audio.microphone.capture import Arrival, Capture
from realtime_mlx_stt.adapters.audio.microphone.capture_account import CaptureAccount
from realtime_mlx_stt.adapters.audio.microphone.default_follower import DefaultFollower
from realtime_mlx_stt.adapters.audio.microphone.device_choice import choose_device
from realtime_mlx_stt.adapters.audio.microphone.silence_watch import SilenceWatch
from realtime_mlx_stt.adapters.audio.microphone.sound_library import SoundLibrary
from realtime_mlx_stt.ports.audio_devices import InputDevice
from realtime_mlx_stt.ports.audio_source import (
    AudioDelivery,
    AudioDeviceChangedError,
    AudioSink,
    AudioSourceError,
    SourceFailed,
    SourceLost,
    SourceRecovered,
)

__all__ = ["MicrophoneListener", "MicrophonePatience"]

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophonePatience:
    """How long a device may bring nothing, in seconds; one that has just been opened may have to wake up first.

    ``between_looks`` is how often the system's default is looked for, where it is followed.
    """

    until_first_frames: float = 5.0
    between_frames: float = 1.0
    before_retry: float = 1.0
    between_looks: float = 5.0


class MicrophoneListener:
    """Hears an open device until it is stopped. One thread calls ``run``; the rest may be called on any.

    ``wanted`` is the name under which a lost device is looked for. With None it is the system's default, which is
    then also followed, unless the sound system does so itself.
    """

    def __init__(
        self,
        capture: Capture,
        sink: AudioSink,
        wanted: str | None,
        library: SoundLibrary,
        patience: MicrophonePatience,
        monotonic: Callable[[], float],
    ) -> None:
        self._capture = capture
        self._delivery = LiveDelivery(sink)
        self._wanted = wanted
        self._library = library
        self._patience = patience
        self._monotonic = monotonic
        self._account = CaptureAccount()
        self._silence = SilenceWatch()
        self._follower: DefaultFollower | None = None
        if wanted is None and not library.moves_streams(capture.device):
            self._follower = DefaultFollower(
                library,
                monotonic,
                look_seconds=patience.between_looks,
                first_frames_seconds=patience.until_first_frames,
            )
        self._stopped = threading.Event()
        self._given_up = threading.Event()

    @property
    def device(self) -> InputDevice:
        """The device that is heard, or was before it was lost."""
        return self._capture.device

    def stop(self) -> None:
        """Make ``run`` release the device, offer what it had captured, and return."""
        self._stopped.set()
        self._capture.wake()

    def give_up(self) -> None:
        """Deliver nothing more."""
        self._given_up.set()

    def run(self) -> None:
        """Deliver until it is stopped."""
        name = self.device.name
        try:
            self._listen()
        except Exception as error:
            _LOGGER.exception("Listening to %s failed by a defect", name)
            failure = AudioSourceError(f"Listening to {name} failed by a defect of the program: {error}")
            self._deliver([SourceFailed(at_sample=self._account.end_sample, error=failure)])
        finally:
            self._capture.close()
            if self._follower is not None:
                self._follower.close()

    def _listen(self) -> None:
        arrival = self._next(self._patience.until_first_frames)
        while arrival is not None or not self._stopped.is_set():
            if arrival is None:
                arrival = self._regained()
            else:
                self._hear(arrival)
                arrival = self._changed() or self._next(self._patience.between_frames)
        self._deliver(self._account.finish())
        if not self._given_up.is_set():
            self._delivery.finish()

    def _next(self, patience_seconds: float) -> Arrival | None:
        """The next frames; None when none came in time, the device has ended, or, after a stop, none are left."""
        if not self._stopped.is_set():
            arrival = self._capture.next(patience_seconds)
            if arrival is not None or not self._stopped.is_set():
                return arrival
        self._capture.close()
        return self._capture.left()

    def _hear(self, arrival: Arrival) -> None:
        captured, rate = arrival.captured, self._capture.sample_rate_hz
        self._deliver(self._silence.take(captured, rate, self._account.end_sample, self.device.name))
        self._deliver(self._account.take(captured, rate, arrival.arrived_at))

    def _regained(self) -> Arrival | None:
        """Report the loss and wait for the device; its first frames, None when the source is stopped."""
        if self._follower is not None:
            self._follower.close()
        name = self.device.name
        self._tell_loss(AudioSourceError(f"The microphone {name} gives nothing any more; looking for it again."))
        return self._recovered(None)

    def _changed(self) -> Arrival | None:
        """The first frames of a device that has become the default; None if none has, or the source is stopped.

        What the device before has given is heard to its end.
        """
        if self._follower is None or self._stopped.is_set():
            return None
        change = self._follower.change_from(self._capture)
        if change is None:
            return None
        before = self._capture
        before.close()
        while (rest := before.left()) is not None:
            self._hear(rest)
        self._tell_loss(
            AudioDeviceChangedError(f"The default microphone is {change.name} now; {before.device.name} is left.")
        )
        if change.successor is None:
            return self._recovered(self._reopened())
        self._begin(change.successor)
        return self._recovered(self._next(self._patience.until_first_frames))

    def _recovered(self, arrival: Arrival | None) -> Arrival | None:
        """Report that there are frames again, after waiting for some if these are none; None when it is stopped."""
        while arrival is None:
            self._capture.close()
            if self._stopped.wait(self._patience.before_retry):
                return None
            arrival = self._reopened()
        rate = self._capture.sample_rate_hz
        self._deliver(self._account.regain(arrival.captured, rate, arrival.arrived_at))
        self._deliver([SourceRecovered(at_sample=self._account.end_sample)])
        return arrival

    def _reopened(self) -> Arrival | None:
        """Open the device again; returns its first frames, None when there are none."""
        try:
            self._library.refresh()
            device = choose_device(self._library.inputs(), self._wanted)
            self._begin(Capture(device, self._library, self._monotonic))
        except AudioSourceError as error:
            _LOGGER.debug("%s is not back: %s", self.device.name, error)
            return None
        return self._next(self._patience.until_first_frames)

    def _begin(self, capture: Capture) -> None:
        """Hear this device from now on; what an earlier one may still bring is not taken."""
        self._capture = capture
        self._silence.begin_stream()

    def _tell_loss(self, error: AudioSourceError) -> None:
        self._deliver(self._account.lose(self._monotonic()))
        self._deliver([SourceLost(at_sample=self._account.end_sample, error=error)])

    def _deliver(self, parts: Iterable[AudioDelivery]) -> None:
        for part in parts:
            if self._given_up.is_set():
                return
            self._delivery.deliver(part)
