"""Says of a file that cannot be understood that it is damaged, wherever in its reading that turns out."""

from collections.abc import Iterator
from contextlib import contextmanager

from realtime_mlx_stt.ports.model_repository import ModelCorruptError

__all__ = ["reading"]


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn what parsing raises over unexpected content into ``ModelCorruptError``.

    Nothing but parsing belongs inside: a programming error would be blamed on the file.
    """
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelCorruptError(f"{what} cannot be read as a Whisper model: {error!r}.") from error
