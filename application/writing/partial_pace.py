"""Decides when the next hypothesis is asked for: as often as wanted, but not faster than the model answers."""

from enum import StrEnum
from typing import Final

from realtime_mlx_stt.domain.audio_format import seconds_to_samples

__all__ = ["LiveTextPace", "PartialPace"]

_SLOWER_SECONDS: Final = 1.0
"""The shortest time between two hypotheses while the model does not keep up."""


class LiveTextPace(StrEnum):
    """What is left of the live text while the model does not keep up.

    ``NORMAL``: hypotheses as often as the settings ask for.
    ``SLOWER``: one in a second at most.
    ``OFF``: final texts alone; none is prepared before the end of speech is certain either.
    """

    NORMAL = "normal"
    SLOWER = "slower"
    OFF = "off"


class PartialPace:
    """Remembers when the last hypothesis was asked for and answered. For the session's thread.

    After an answer there is a rest as long as the answer took. So hypotheses take at most half of a model's time,
    come more slowly when other work slows the machine, and come as often as is wanted on an idle machine. All times
    are counted in samples of the audio, which a live source delivers as time passes; no clock is asked.
    """

    def __init__(self) -> None:
        self._asked_sample = 0
        self._answered_sample: int | None = 0

    def ask(self, at_sample: int) -> None:
        """A hypothesis has been asked for."""
        self._asked_sample, self._answered_sample = at_sample, None

    def answered(self, at_sample: int) -> None:
        """Note that no hypothesis is awaited any more."""
        if self._answered_sample is None:
            self._answered_sample = at_sample

    def is_due(self, at_sample: int, interval_seconds: float | None, pace: LiveTextPace) -> bool:
        """Whether the next hypothesis may be asked for; never with an interval of None."""
        if interval_seconds is None or self._answered_sample is None or pace is LiveTextPace.OFF:
            return False
        if pace is LiveTextPace.SLOWER:
            interval_seconds = max(interval_seconds, _SLOWER_SECONDS)
        took_samples = self._answered_sample - self._asked_sample
        since_answer, since_ask = at_sample - self._answered_sample, at_sample - self._asked_sample
        return since_answer >= took_samples and since_ask >= seconds_to_samples(interval_seconds)
