"""Listens to a microphone, says what was lost, and comes back by itself when the device does."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

from realtime_mlx_stt.adapters.audio.capture_account import CaptureAccount
from realtime_mlx_stt.adapters.audio.device_choice import choose_device
from realtime_mlx_stt.adapters.audio.live_delivery import LiveDelivery
from realtime_mlx_stt.adapters.audio.sound_library import CapturedFrames, InputStream, SoundLibrary
from realtime_mlx_stt.ports.audio_devices import InputDevice
from realtime_mlx_stt.ports.audio_source import (
    AudioDelivery,
    AudioDeviceNotFoundError,
    AudioSink,
    AudioSourceError,
    SourceFailed,
    SourceLost,
    SourceRecovered,
)

__all__ = ["MicrophonePatience", "MicrophoneSource"]

_LOGGER = logging.getLogger(__name__)

_STOP_SECONDS: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophonePatience:
    """How long a device may be silent, in seconds; one that has just been opened may need to wake up first."""

    until_first_frames: float = 5.0
    between_frames: float = 1.0
    before_retry: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Arrival:
    """Frames and when they came, in seconds of the monotonic clock."""

    captured: CapturedFrames
    arrived_at: float


_Inbox = SimpleQueue[_Arrival | None]
"""What a stream brings; None wakes the reader up, for the stream has ended or the source is to stop."""


class MicrophoneSource:
    """An ``AudioSource``. The callback of the sound library only enqueues; a thread converts and delivers.

    ``device`` is a number, a part of a name, or None for the system's default. When the device is lost it is looked
    for by the same name (the default may then be another one), for as long as the source is not stopped.

    A stop closes the device first and then hands over what it had given: each frame ends in a block or in a loss.

    Raises:
        AudioDeviceNotFoundError: there is no such device, or there are several.
        AudioSourceError: the sound library is missing or does not answer.
    """

    def __init__(
        self,
        device: int | str | None,
        library: SoundLibrary,
        *,
        patience: MicrophonePatience | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._library = library
        self._patience = MicrophonePatience() if patience is None else patience
        self._monotonic = monotonic
        self._device = _find(library, device)
        self._wanted = device if device is None else self._device.name
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._given_up = threading.Event()
        self._thread: threading.Thread | None = None
        self._stream: InputStream | None = None
        self._sample_rate_hz = self._device.sample_rate_hz
        self._inbox: _Inbox = SimpleQueue()

    @property
    def description(self) -> str:
        """The device's name."""
        return self._device.name

    @property
    def duration_samples(self) -> None:
        """A microphone has no end."""
        return

    def start(self, sink: AudioSink) -> None:
        """Open the device and begin to deliver to ``sink`` from a thread of its own.

        Raises:
            AudioDeviceNotFoundError, AudioDeviceBusyError: it cannot be opened.
            AudioSourceError: anything else, or the source has been started or stopped before.
        """
        with self._lock:
            if self._thread is not None or self._stopped.is_set():
                raise AudioSourceError(f"{self.description} has been listened to; open it again.")
            self._open(self._device)
            self._thread = threading.Thread(
                target=self._run, args=(sink,), name=f"microphone-{self.description}", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Release the device, offer what it had captured, and deliver nothing more once this returns. Idempotent.

        A sink or a driver that never returns holds the thread, not this call; what was not offered in time is
        dropped then. So it is when this is called from within a delivery, which would be held up by the next.
        """
        with self._lock:
            self._stopped.set()
            thread = self._thread
        self._inbox.put(None)
        if thread is not None and thread is not threading.current_thread():
            thread.join(_STOP_SECONDS)
        self._given_up.set()

    def _run(self, sink: AudioSink) -> None:
        delivery = LiveDelivery(sink)
        account = CaptureAccount()
        try:
            self._listen(account, delivery)
        except Exception as error:
            _LOGGER.exception("Listening to %s failed by a defect", self.description)
            failure = AudioSourceError(
                f"Listening to {self.description} failed by a defect of the program: {error}"
            )
            self._deliver(delivery, [SourceFailed(at_sample=account.end_sample, error=failure)])
        finally:
            self._close()

    def _listen(self, account: CaptureAccount, delivery: LiveDelivery) -> None:
        arrival = self._next(self._patience.until_first_frames)
        while arrival is not None or not self._stopped.is_set():
            if arrival is None:
                arrival = self._regain(account, delivery)
            else:
                self._deliver(delivery, account.take(arrival.captured, self._sample_rate_hz, arrival.arrived_at))
                arrival = self._next(self._patience.between_frames)
        self._deliver(delivery, account.finish())
        if not self._given_up.is_set():
            delivery.finish()

    def _regain(self, account: CaptureAccount, delivery: LiveDelivery) -> _Arrival | None:
        """Say that the device is lost and wait until it gives frames again; None when the source is stopped."""
        lost_at = self._monotonic()
        self._deliver(delivery, account.lose(lost_at))
        error = AudioSourceError(f"The microphone {self.description} gives nothing any more; looking for it again.")
        self._deliver(delivery, [SourceLost(at_sample=account.end_sample, error=error)])
        arrival: _Arrival | None = None
        while arrival is None:
            self._close()
            if self._stopped.wait(self._patience.before_retry):
                return None
            arrival = self._reopened()
        self._deliver(delivery, account.regain(arrival.captured, self._sample_rate_hz, arrival.arrived_at))
        self._deliver(delivery, [SourceRecovered(at_sample=account.end_sample)])
        return arrival

    def _reopened(self) -> _Arrival | None:
        """Open the device again; its first frames, None when there are none."""
        try:
            self._library.refresh()
            self._open(choose_device(self._library.inputs(), self._wanted))
        except AudioSourceError as error:
            _LOGGER.debug("%s is not back: %s", self.description, error)
            return None
        return self._next(self._patience.until_first_frames)

    def _open(self, device: InputDevice) -> None:
        """Listen to the device; what an earlier stream may still bring goes to an inbox that nobody reads."""
        inbox: _Inbox = SimpleQueue()
        monotonic = self._monotonic

        def take(captured: CapturedFrames) -> None:
            inbox.put(_Arrival(captured=captured, arrived_at=monotonic()))

        self._inbox = inbox
        self._stream = self._library.open_input(device, take, lambda: inbox.put(None))
        self._sample_rate_hz = self._stream.sample_rate_hz
        self._device = device

    def _close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _next(self, patience_seconds: float) -> _Arrival | None:
        """The next frames; None when none came in time or the stream has ended, or, after a stop, none are left."""
        if not self._stopped.is_set():
            arrival = self._awaited(patience_seconds)
            if arrival is not None or not self._stopped.is_set():
                return arrival
        self._close()
        return self._left()

    def _awaited(self, patience_seconds: float) -> _Arrival | None:
        try:
            return self._inbox.get(timeout=patience_seconds)
        except Empty:
            # A machine that stood still was not listening to the clock either: what came meanwhile counts.
            return None if self._inbox.empty() else self._inbox.get_nowait()

    def _left(self) -> _Arrival | None:
        """The next of the frames that a stream which is closed has left; the stop itself is among them."""
        while not self._inbox.empty():
            arrival = self._inbox.get_nowait()
            if arrival is not None:
                return arrival
        return None

    def _deliver(self, delivery: LiveDelivery, parts: list[AudioDelivery]) -> None:
        for part in parts:
            if self._given_up.is_set():
                return
            delivery.deliver(part)


def _find(library: SoundLibrary, wanted: int | str | None) -> InputDevice:
    """The device that is meant; one that is not known may have been connected since they were listed."""
    try:
        return choose_device(library.inputs(), wanted)
    except AudioDeviceNotFoundError:
        library.refresh()
        return choose_device(library.inputs(), wanted)
