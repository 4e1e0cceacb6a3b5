"""Detects damaged files: by their digests, and by errors while they are read."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from realtime_mlx_stt.ports.model_repository import ModelCorruptError

__all__ = ["file_sha256", "reading"]


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn errors that reading and parsing raise for unexpected content into ``ModelCorruptError``.

    Nothing else belongs inside: a programming error would be blamed on the file.
    """
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError, OSError) as error:
        why = str(error) if isinstance(error, ValueError | OSError) else repr(error)
        raise ModelCorruptError(f"{what} cannot be read as a Whisper model: {why}.") from error
