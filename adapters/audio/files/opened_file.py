"""Opens a sound file, with errors that say why it cannot be opened."""

import stat
from io import FileIO
from pathlib import Path

from realtime_mlx_stt.ports.audio_source import AudioFileNotFoundError, AudioSourceError

__all__ = ["opened_file"]


def opened_file(path: Path) -> FileIO:
    """The file, open for reading.

    Raises:
        AudioFileNotFoundError: there is no such file, or it is a folder, a device or a pipe.
        AudioSourceError: it may not be read.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise AudioFileNotFoundError(f"{path} is {_kind(path)}; name a sound file.")
        return FileIO(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise AudioFileNotFoundError(f"There is no file {path}; check the path.") from error
    except (OSError, ValueError) as error:
        raise AudioSourceError(f"{path} cannot be read ({_reason(error)}); check its permissions.") from error


def _kind(path: Path) -> str:
    return "a folder" if path.is_dir() else "not a file but a device or a pipe"


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
