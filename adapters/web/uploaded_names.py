"""Names the sound of an uploaded file."""

from typing import Final

from realtime_mlx_stt.domain.printable_text import printable

__all__ = ["uploaded_name"]

_LONGEST_NAME: Final = 200


def uploaded_name(file_name: str | None) -> str:
    """What the session is said to hear: the file's own name, without any folder of the client's machine."""
    own_name = printable(file_name or "").replace("\\", "/").rpartition("/")[2]
    return own_name[:_LONGEST_NAME] or "uploaded sound"
