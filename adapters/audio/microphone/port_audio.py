"""Reaches the machine's sound system through PortAudio (sounddevice), and raises the port's errors for its errors.

PortAudio lists devices only when it is initialised, and ending it breaks off every stream in the process. So
devices are looked for again only while no stream is open, neither ours nor that of another user of sounddevice. A
device that is unplugged while another is open comes back before that only if the system gives it its old name;
macOS may not. PortAudio's calls must not overlap, so one lock for the whole process keeps them apart.
"""

import atexit
import gc
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from realtime_mlx_stt.adapters.audio.microphone.default_look import OutsideLook
from realtime_mlx_stt.adapters.audio.microphone.sound_library import CapturedFrames, InputStream
from realtime_mlx_stt.ports.audio_devices import InputDevice
from realtime_mlx_stt.ports.audio_source import (
    AudioDeviceBusyError,
    AudioDeviceNotFoundError,
    AudioSourceError,
)

__all__ = ["PortAudio", "PortAudioStream"]

_LOCK: Final = threading.RLock()

_HOST_BLOCKS: Final = 0
"""The number of frames at a time is left to the host; any other number is gathered first, and comes later."""

_LATENCY: Final = "high"
"""The device's buffer has room for 35 to 45 ms: other threads may hold Python up for that long without a loss."""

_MOST_CHANNELS: Final = 2
"""More channels are the other sockets of an interface, or, with ALSA's plugins, copies of the same."""

_INVALID_CHANNEL_COUNT: Final = -9998

_SERVED_NAMES: Final = frozenset(("default", "pulse", "pipewire"))
"""ALSA's names for the sound that PulseAudio or PipeWire gives to a program; without these servers the names never
change.
"""


class PortAudio:
    """The ``SoundLibrary`` of this machine; ``load`` imports sounddevice when it is first needed."""

    def __init__(self, load: Callable[[], Any] | None = None) -> None:
        self._load = _import_sounddevice if load is None else load

    def inputs(self) -> tuple[InputDevice, ...]:
        """All input devices known since the last ``refresh``, and which was the default then.

        Raises:
            AudioSourceError: the PortAudio library is missing, or does not answer.
        """
        with _translated(), _LOCK:
            sounddevice = self._sounddevice()
            default = _default_index(sounddevice)
            return tuple(
                InputDevice(
                    index=index,
                    name=device["name"],
                    channels=device["max_input_channels"],
                    sample_rate_hz=round(device["default_samplerate"]),
                    is_default=index == default,
                )
                for index, device in enumerate(sounddevice.query_devices())
                if device["max_input_channels"] > 0
            )

    def refresh(self) -> bool:
        """Look for devices anew; False where a stream is open somewhere in this process.

        Raises:
            AudioSourceError: the PortAudio library is missing, or does not answer.
        """
        with _translated(), _LOCK:
            sounddevice = self._sounddevice()
            if _open_streams(sounddevice):
                return False
            # sounddevice has no public call for this; its author recommends these two.
            if sounddevice._initialized:  # not so when it could not be initialised the last time
                sounddevice._terminate()
            sounddevice._initialize()
            return True

    def moves_streams(self, device: InputDevice) -> bool:
        """Whether a sound server is behind the device, which moves its streams to whatever becomes its default."""
        return device.name in _SERVED_NAMES

    def look_for_default(self) -> OutsideLook:
        """Begin to find out what the default is now, in a process of its own: that takes it 0.1 s of the processor.

        Raises:
            AudioSourceError: the PortAudio library is missing.
        """
        return OutsideLook(Path(self._sounddevice().__file__).parent)

    def is_alone(self, stream: InputStream) -> bool:
        """Whether no other stream is open in this process, be it ours or another user's of sounddevice.

        Raises:
            AudioSourceError: the PortAudio library is missing.
        """
        own = stream._stream if isinstance(stream, PortAudioStream) else None
        with _LOCK:
            return all(candidate is own for candidate in _open_streams(self._sounddevice()))

    def open_input(
        self, device: InputDevice, on_frames: Callable[[CapturedFrames], None], on_end: Callable[[], None]
    ) -> "PortAudioStream":
        """Listen to the device at its native rate.

        Raises:
            AudioDeviceNotFoundError: the device has gone.
            AudioDeviceBusyError: it may not or cannot be opened now.
            AudioSourceError: anything else.
        """

        def take(frames: Any, _count: int, time: Any, status: Any) -> None:
            on_frames(
                CapturedFrames(
                    frames=frames.copy(),
                    captured_at=time.inputBufferAdcTime,
                    follows_overflow=bool(status.input_overflow),
                )
            )

        with _translated(device.name), _LOCK:
            stream = _open(self._sounddevice(), device, take, on_end)
            try:
                stream.start()
            except Exception:
                stream.close()
                raise
            return PortAudioStream(stream, device.sample_rate_hz)

    def _sounddevice(self) -> Any:
        try:
            return self._load()
        except OSError as error:
            raise AudioSourceError(
                f"The PortAudio library, which microphones need, cannot be loaded ({error}); "
                "on Debian and Ubuntu: sudo apt-get install libportaudio2"
            ) from error


class PortAudioStream:
    """An ``InputStream``."""

    def __init__(self, stream: Any, sample_rate_hz: int) -> None:
        self._stream = stream
        self._sample_rate_hz = sample_rate_hz

    @property
    def sample_rate_hz(self) -> int:
        """The rate at which frames come."""
        return self._sample_rate_hz

    def close(self) -> None:
        """Stop and release the device; idempotent."""
        with _LOCK:
            if not self._stream.closed:
                # ``stop`` would wait for the last 20 ms of sound, and a second or more if no sound has come yet.
                self._stream.abort()
                self._stream.close()


def _open(sounddevice: Any, device: InputDevice, take: Callable[..., None], on_end: Callable[[], None]) -> Any:
    def opened(channels: int) -> Any:
        return sounddevice.InputStream(
            samplerate=device.sample_rate_hz,
            blocksize=_HOST_BLOCKS,
            device=device.index,
            channels=channels,
            dtype="float32",
            latency=_LATENCY,
            callback=take,
            finished_callback=on_end,
        )

    channels = min(device.channels, _MOST_CHANNELS)
    try:
        return opened(channels)
    except sounddevice.PortAudioError as error:
        if _code(error) != _INVALID_CHANNEL_COUNT or channels == device.channels:
            raise
    return opened(device.channels)


def _import_sounddevice() -> Any:
    import sounddevice  # noqa: PLC0415 - takes 0.1 s, and fails where PortAudio is missing

    # sounddevice's exit handler would run before those that stop open streams, and would then hang.
    atexit.unregister(sounddevice._exit_handler)
    return sounddevice


@atexit.register
def _end_port_audio() -> None:
    """End PortAudio at the program's end, after the handlers that close open streams."""
    sounddevice = sys.modules.get("sounddevice")
    if sounddevice is not None and not _open_streams(sounddevice):
        sounddevice._exit_handler()


def _default_index(sounddevice: Any) -> int | None:
    try:
        return int(sounddevice.query_devices(kind="input")["index"])
    except sounddevice.PortAudioError:
        return None


def _open_streams(sounddevice: Any) -> list[Any]:
    """The streams that anybody has open in this process, found by their classes, as there is no list of them.

    The garbage collector must not be asked for all objects: among them are tuples that other threads are still
    filling, and while anybody else holds such a tuple, Python raises ``SystemError`` in the thread that fills it.
    """
    base = sounddevice._StreamBase
    streams = [found for found in gc.get_referrers(*_kinds(base)) if issubclass(type(found), base)]
    return [stream for stream in streams if not stream.closed]


def _kinds(base: type) -> list[type]:
    """The class and all its subclasses."""
    below: list[type] = base.__subclasses__()
    return [base, *(kind for each in below for kind in _kinds(each))]


@contextmanager
def _translated(name: str | None = None) -> Iterator[None]:
    """Raise the port's error for whatever sounddevice raises inside: about the device of that name, or all."""
    try:
        yield
    except AudioSourceError:
        raise
    except Exception as error:  # sounddevice raises PortAudioError, ValueError and OSError
        raise _error(name, error) from error


def _error(name: str | None, error: Exception) -> AudioSourceError:
    reason = str(error.args[0]) if error.args else type(error).__name__
    if name is None:
        return AudioSourceError(
            f"The system's sound does not answer ({_host_reason(error, reason)}); see that it runs, or name a "
            "sound file instead."
        )
    match _code(error):
        case -9996:  # invalid device
            return AudioDeviceNotFoundError(f"The microphone {name!r} is not there any more ({reason}).")
        case -9985 | -9999 | -9986:  # unavailable; an error of the host's; an internal one
            return AudioDeviceBusyError(
                f"The microphone {name!r} cannot be opened now ({_host_reason(error, reason)}): close the program "
                "that uses it, and allow this one to use the microphone."
            )
        case _:
            return AudioSourceError(
                f"The microphone {name!r} failed ({_host_reason(error, reason)}); choose another one, or name a "
                "sound file instead."
            )


def _code(error: Exception) -> int | None:
    """PortAudio's number for the error, where it has one."""
    code = error.args[1] if len(error.args) > 1 else None
    return code if isinstance(code, int) else None


def _host_reason(error: Exception, reason: str) -> str:
    """What the operating system's sound interface said, where it said anything."""
    host = error.args[2] if len(error.args) > 2 else None
    text = host[2] if isinstance(host, tuple) and len(host) > 2 else ""
    return f"{reason}: {text}" if text else reason
