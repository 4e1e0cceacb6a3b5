"""Provides a microphone as a source of sound: found by number, name or default, started once, stopped in time."""

import threading
import time
from collections.abc import Callable
from typing import Final

from realtime_mlx_stt.adapters.audio.microphone.capture import Capture
from realtime_mlx_stt.adapters.audio.microphone.device_choice import choose_device
from realtime_mlx_stt.adapters.audio.microphone.microphone_listener import MicrophoneListener, MicrophonePatience
from realtime_mlx_stt.adapters.audio.microphone.sound_library import SoundLibrary
from realtime_mlx_stt.ports.audio_devices import InputDevice
from realtime_mlx_stt.ports.audio_source import AudioDeviceNotFoundError, AudioSink, AudioSourceError

__all__ = ["MicrophoneSource"]

_STOP_SECONDS: Final = 0.8


class MicrophoneSource:
    """An ``AudioSource``. The callback of the sound library only enqueues; a thread converts and delivers.

    ``device`` is a number, a part of a name, or None for the system's default. When the device is lost it is looked
    for by the same name (the default may then be another one), for as long as the source is not stopped.

    While the default is asked for, whatever becomes the default is heard, which is told as a loss and a recovery.
    Where ``follows_default`` is False, the default of this moment is kept like a device that was named.

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
        follows_default: bool = True,
        patience: MicrophonePatience | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._library = library
        self._patience = MicrophonePatience() if patience is None else patience
        self._monotonic = monotonic
        self._device = _find(library, device)
        self._wanted = None if device is None and follows_default else self._device.name
        self._lock = threading.Lock()
        self._is_stopped = False
        self._thread: threading.Thread | None = None
        self._listener: MicrophoneListener | None = None

    @property
    def description(self) -> str:
        """The device's name."""
        return self._device.name if self._listener is None else self._listener.device.name

    @property
    def duration_samples(self) -> None:
        """None: a microphone has no end."""
        return

    def start(self, sink: AudioSink) -> None:
        """Open the device and begin to deliver to ``sink`` from a thread of its own.

        Raises:
            AudioDeviceNotFoundError, AudioDeviceBusyError: it cannot be opened.
            AudioSourceError: anything else, or the source has been started or stopped before.
        """
        with self._lock:
            if self._thread is not None or self._is_stopped:
                raise AudioSourceError(f"{self.description} has been listened to; open it again.")
            self._listener = MicrophoneListener(
                self._opened(), sink, self._wanted, self._library, self._patience, self._monotonic
            )
            self._thread = threading.Thread(
                target=self._listener.run, name=f"microphone-{self.description}", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Release the device, offer what it had captured, and deliver nothing more once this returns. Idempotent.

        A sink or a driver that never returns holds the thread, not this call; what was not offered in time is
        dropped then. So it is when this is called from within a delivery, which would be held up by the next.
        """
        with self._lock:
            self._is_stopped = True
            listener, thread = self._listener, self._thread
        if listener is None or thread is None:
            return
        listener.stop()
        if thread is not threading.current_thread():
            thread.join(_STOP_SECONDS)
        listener.give_up()

    def _opened(self) -> Capture:
        """Open the device; one that was connected again since it was listed is found by its name."""
        try:
            return Capture(self._device, self._library, self._monotonic)
        except AudioSourceError:
            if not self._library.refresh():
                raise
            self._device = choose_device(self._library.inputs(), self._wanted)
            return Capture(self._device, self._library, self._monotonic)


def _find(library: SoundLibrary, wanted: int | str | None) -> InputDevice:
    """The device that is meant, which may have been connected, or made the default, after the devices were listed.

    Only a number refers to the list that was seen, and a default that the sound system moves is always the same.
    """
    try:
        device = choose_device(library.inputs(), wanted)
        if wanted is not None or library.moves_streams(device):
            return device
    except AudioDeviceNotFoundError:
        pass
    is_anew = library.refresh()
    try:
        return choose_device(library.inputs(), wanted)
    except AudioDeviceNotFoundError as error:
        if is_anew:
            raise
        raise AudioDeviceNotFoundError(
            f"{error} One that was connected while another microphone is open in this program is seen only when "
            "that is closed."
        ) from error
