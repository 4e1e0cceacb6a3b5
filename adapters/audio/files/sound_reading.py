"""Chooses the reader of a sound, in a file or in memory: libsndfile, or FFmpeg for what that does not know."""

import os
from contextlib import ExitStack
from io import BytesIO, FileIO
from typing import Final

from realtime_mlx_stt.adapters.audio.files.ogg_pages import follow_one_another
from realtime_mlx_stt.adapters.audio.files.played_source import ReadySound
from realtime_mlx_stt.adapters.audio.files.sound_file import SoundFile, decoders_reason
from realtime_mlx_stt.ports.audio_source import AudioFormatError

__all__ = ["SoundBytes", "read_sound"]

_RATES_HZ: Final = range(1_000, 1_000_001)


class SoundBytes(BytesIO):
    """A sound file in memory. Seeking before its beginning, which a damaged header may ask for, does nothing.

    libsndfile seeks by a callback, and no error can be raised from one.
    """

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go there, and say where that is."""
        try:
            return super().seek(offset, whence)
        except ValueError:
            return self.tell()


def read_sound(opened: FileIO | BytesIO, name: str) -> ReadySound:
    """Read the sound in an open file, judged by its content, not by its name; closing the sound closes the file.

    Raises:
        AudioFormatError: it is not audio, or is cut short in its header, or holds no sample, or has so few or so
            many in a second that they are none; it is closed.
    """
    # Both readers load a library, which takes 0.1 s.
    from realtime_mlx_stt.adapters.audio.files.onward_file import NotAudioError, OnwardFile  # noqa: PLC0415

    sound: ReadySound
    with ExitStack() as to_close:
        to_close.callback(opened.close)
        try:
            if follow_one_another(opened):  # of which libsndfile reads the first alone
                sound = _media_sound(opened, name, "")
            else:
                source = opened.fileno() if isinstance(opened, FileIO) else opened
                sound = SoundFile(OnwardFile(source, closefd=False), opened, name)
        except NotAudioError as error:
            sound = _media_sound(opened, name, decoders_reason(error))
        to_close.callback(sound.close)
        _check_rate(sound, name)
        to_close.pop_all()
        return sound


def _check_rate(sound: ReadySound, name: str) -> None:
    """Refuse rates that are no sound: at two samples a second a small file would last for hours."""
    if sound.sample_rate_hz not in _RATES_HZ:
        slowest, fastest = _RATES_HZ[0], _RATES_HZ[-1]
        raise AudioFormatError(
            f"{name} claims {sound.sample_rate_hz} samples a second; {slowest} to {fastest} can be converted."
        )


def _media_sound(opened: FileIO | BytesIO, name: str, why_not: str) -> ReadySound:
    from realtime_mlx_stt.adapters.audio.files.media_sound import MediaSound, NotMediaError  # noqa: PLC0415 - as above

    if not opened.seek(0, os.SEEK_END):
        raise AudioFormatError(f"{name} is empty.")
    opened.seek(0)
    try:
        return MediaSound(opened, name)
    except NotMediaError as error:
        # libsndfile says "does not exist" of a file that turned out not to be MP3.
        why = "" if not why_not or "does not exist" in why_not else f" ({why_not})"
        raise AudioFormatError(
            f"{name} is not audio that can be read{why}. WAV, FLAC, OGG, MP3, AIFF, M4A, MP4 and WebM can; convert "
            f"anything else, for instance with ffmpeg -i '{os.path.basename(name)}' converted.wav."
        ) from error
