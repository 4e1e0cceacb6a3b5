"""Finds out which microphone has become the system's default, and opens it while the old one is still heard."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from realtime_mlx_stt.adapters.audio.microphone.capture import Capture
from realtime_mlx_stt.adapters.audio.microphone.sound_library import DefaultLook, SoundLibrary
from realtime_mlx_stt.ports.audio_source import AudioSourceError

__all__ = ["DefaultChange", "DefaultFollower"]

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DefaultChange:
    """The default is called ``name`` now. ``successor`` is that device, open and giving frames.

    It is None where the sound library knows it only once the present device is closed.
    """

    name: str
    successor: Capture | None


class DefaultFollower:
    """Looks for the default every ``look_seconds``, without waiting for the answer. For one thread.

    A new default that gives no frames for ``first_frames_seconds`` after it was opened is ignored until another
    device becomes the default. To change to a device that was connected after the library listed the devices,
    nothing else may be open in this process; until then the present device is heard.
    """

    def __init__(
        self,
        library: SoundLibrary,
        monotonic: Callable[[], float],
        *,
        look_seconds: float,
        first_frames_seconds: float,
    ) -> None:
        self._library = library
        self._monotonic = monotonic
        self._look_seconds = look_seconds
        self._first_frames_seconds = first_frames_seconds
        self._look: DefaultLook | None = None
        self._next_look_at = monotonic() + look_seconds
        self._successor: Capture | None = None
        self._opened_at = 0.0
        self._tried_name: str | None = None

    def change_from(self, present: Capture) -> DefaultChange | None:
        """The change to make now, if there is one; the caller must close its successor."""
        if self._successor is not None:
            return self._awaited(self._successor)
        try:
            name = self._seen()
            return None if name is None else self._begun(name, present)
        except AudioSourceError as error:
            _LOGGER.debug("What is the default now cannot be opened: %s", error)
            return None

    def close(self) -> None:
        """Stop looking, and close what was opened for a change. The next question begins to look again."""
        self._end_look()
        self._end_successor()

    def _seen(self) -> str | None:
        """The default's name, once each time that a look has found it."""
        now = self._monotonic()
        name = None if self._look is None else self._look.name
        if name is not None:
            self._end_look()
        elif now >= self._next_look_at:
            self._end_look()
            self._look = self._library.look_for_default()
            self._next_look_at = now + self._look_seconds
        return name

    def _begun(self, name: str, present: Capture) -> DefaultChange | None:
        """Open the device of that name and await it, unless it is the present one or was tried before."""
        if name != self._tried_name:
            self._tried_name = None
        if name in (present.device.name, self._tried_name):
            return None
        device = next((device for device in self._library.inputs() if device.name == name), None)
        if device is None:
            return self._begun_anew(name, present)
        self._successor = Capture(device, self._library, self._monotonic)
        self._opened_at = self._monotonic()
        return None

    def _begun_anew(self, name: str, present: Capture) -> DefaultChange | None:
        if not present.is_alone:
            _LOGGER.debug("%s is the default now but is hidden by what else is open", name)
            return None
        self._tried_name = name
        return DefaultChange(name=name, successor=None)

    def _awaited(self, successor: Capture) -> DefaultChange | None:
        if successor.has_frames:
            self._successor = None
            return DefaultChange(name=successor.device.name, successor=successor)
        if self._monotonic() - self._opened_at >= self._first_frames_seconds:
            _LOGGER.debug("%s is the default now but gives nothing", successor.device.name)
            self._tried_name = successor.device.name
            self._end_successor()
        return None

    def _end_look(self) -> None:
        if self._look is not None:
            self._look.close()
            self._look = None

    def _end_successor(self) -> None:
        if self._successor is not None:
            self._successor.close()
            self._successor = None
