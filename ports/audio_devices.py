"""Lists the microphones that there are."""

from dataclasses import dataclass
from typing import Protocol

__all__ = ["AudioDevices", "InputDevice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDevice:
    """One input device as the sound system names it; ``sample_rate_hz`` is its native rate."""

    index: int
    name: str
    channels: int
    sample_rate_hz: int
    is_default: bool


class AudioDevices(Protocol):
    """The machine's input devices."""

    def inputs(self) -> tuple[InputDevice, ...]:
        """All input devices now present, in the sound system's order; empty when there is none.

        While a microphone is open in this process they may be those that were present before, so that each keeps
        its index: one that was connected since is listed, and can be opened, when that is closed.

        Raises:
            AudioSourceError: the sound system itself does not answer.
        """
        ...
