"""Plays a sound file into a session."""

from pathlib import Path

from realtime_mlx_stt.adapters.audio.files.opened_file import opened_file
from realtime_mlx_stt.adapters.audio.files.pacing import Pacing
from realtime_mlx_stt.adapters.audio.files.played_source import PlayedSource
from realtime_mlx_stt.adapters.audio.files.sound_reading import read_sound
from realtime_mlx_stt.domain.printable_text import printable
from realtime_mlx_stt.ports.audio_source import AudioSourceError

__all__ = ["FileSource"]


class FileSource(PlayedSource):
    """An ``AudioSource``. The file is open from here on, until the source has ended or is stopped.

    Raises:
        AudioFileNotFoundError: there is no such file, or it is a folder.
        AudioFormatError: it is not audio, or is cut short in its header, or holds no sample.
        AudioSourceError: it may not be read, or the speed is no speed.
    """

    def __init__(self, path: Path, speed: float | None = None, pacing: Pacing | None = None) -> None:
        if speed is not None and not 0.0 < speed < float("inf"):
            raise AudioSourceError(f"A file cannot be played {speed:g} times as fast; name a number above 0.")
        super().__init__(read_sound(opened_file(path), str(path)), printable(path.name), speed, pacing)
