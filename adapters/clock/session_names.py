"""Names for sessions: short enough to type, and sorting as the sessions began."""

import secrets
import threading
from typing import Final

from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.clock import Clock

__all__ = ["SortableSessionIds"]

_DIGITS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""The digits of Crockford's base 32, in ASCII order: no letter among them looks like a digit."""

_TIME_DIGITS: Final = 9
"""45 bits of milliseconds since 1970: enough until the year 3084."""

_RANDOM_DIGITS: Final = 5
"""25 random bits: two programs that begin a session in one millisecond collide once in 33 million times."""


class SortableSessionIds:
    """``SessionIds`` such as ``1j5zqm0k2-8w3xq``: the time in milliseconds, then random digits. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last_milliseconds = 0

    def new(self) -> SessionId:
        """A name that no session had before, and that sorts behind all that were given here."""
        with self._lock:
            now = int(self._clock.now() * 1000)
            self._last_milliseconds = max(now, self._last_milliseconds + 1)
            milliseconds = self._last_milliseconds
        chance = secrets.randbits(5 * _RANDOM_DIGITS)
        return SessionId(f"{_in_base_32(milliseconds, _TIME_DIGITS)}-{_in_base_32(chance, _RANDOM_DIGITS)}")


def _in_base_32(number: int, digits: int) -> str:
    return "".join(_DIGITS[number >> 5 * place & 31] for place in reversed(range(digits)))
