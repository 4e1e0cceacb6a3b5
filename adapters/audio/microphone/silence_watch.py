"""Notices a microphone that gives nothing but zeros, since one that hears anything at all gives some noise.

A device that is muted, broken or, on macOS, not allowed opens like any other and delivers digital silence. Virtual
devices do so too while nothing is played into them, so this is a hint and no failure.
"""

import sys
from typing import Final

from realtime_mlx_stt.adapters.audio.microphone.sound_library import CapturedFrames
from realtime_mlx_stt.ports.audio_source import AudioDelivery, MicrophoneSilentError, SourceAudible, SourceSilent

__all__ = ["SilenceWatch", "advice_on_silence"]

_SILENT_AT_FIRST_SECONDS: Final = 3.0
"""How long zeros at the start are silence: soon enough for somebody who wonders why nothing happens, and longer
than a device takes to wake up.
"""

_SILENT_LATER_SECONDS: Final = 60.0
"""How long zeros later are silence. A device that has given sound works; some that suppress noise give zeros
whenever nobody speaks.
"""

_ADVICE: Final = {
    "darwin": (
        "allow the program that this one runs in (a terminal, for instance) to use it, in System Settings > "
        "Privacy & Security > Microphone, and start that program again; or unmute it"
    ),
    "linux": "unmute it, at the device itself and in the system's sound settings",
}


def advice_on_silence(platform: str) -> str:
    """What to do about digital silence on that platform, as ``sys.platform`` calls it."""
    return _ADVICE.get(platform, _ADVICE["linux"])


class SilenceWatch:
    """Counts the zeros of one microphone, over all the streams that it is listened to with. One thread."""

    def __init__(self) -> None:
        self._zero_seconds = 0.0
        self._patience_seconds = _SILENT_AT_FIRST_SECONDS
        self._is_silent = False

    def begin_stream(self) -> None:
        """Note that the device has been opened, again or for the first time."""
        self._zero_seconds = 0.0
        self._patience_seconds = _SILENT_AT_FIRST_SECONDS

    def take(self, captured: CapturedFrames, sample_rate_hz: int, at_sample: int, name: str) -> list[AudioDelivery]:
        """What must be reported before these frames, which begin at ``at_sample``, are delivered."""
        if captured.frames.any():
            return self._hear(at_sample)
        self._zero_seconds += len(captured.frames) / sample_rate_hz
        if self._is_silent or self._zero_seconds < self._patience_seconds:
            return []
        self._is_silent = True
        error = MicrophoneSilentError(
            f"The microphone {name} gives only digital silence; {advice_on_silence(sys.platform)}."
        )
        return [SourceSilent(at_sample=at_sample, error=error)]

    def _hear(self, at_sample: int) -> list[AudioDelivery]:
        self._zero_seconds = 0.0
        self._patience_seconds = _SILENT_LATER_SECONDS
        if not self._is_silent:
            return []
        self._is_silent = False
        return [SourceAudible(at_sample=at_sample)]
