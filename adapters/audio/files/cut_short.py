"""Finds out whether a sound file promises more than it holds, as one does that was copied or recorded in part.

libsndfile reads such a file to where it ends, and says nothing.
"""

from io import BytesIO, FileIO
from typing import Final

from realtime_mlx_stt.adapters.audio.files.ogg_pages import OGG_PAGE, has_its_end
from realtime_mlx_stt.adapters.audio.files.promised_bytes import promised_share
from realtime_mlx_stt.ports.audio_source import AudioCutShortError

__all__ = ["cut_short_error"]

_SLACK_SECONDS: Final = 0.2
"""Less than this is no loss: decoders and headers differ by a frame or two."""


def cut_short_error(
    opened: FileIO | BytesIO, name: str, decoded_seconds: float, promised_seconds: float | None
) -> AudioCutShortError | None:
    """What is to be told of a file of which so much could be decoded; None if nothing is known to be missing.

    ``promised_seconds`` is what the decoder read in a header; with None the header tells that promises bytes of
    samples, or the end of an Ogg file. The file's position stays as it is.
    """
    position = opened.tell()
    try:
        opened.seek(0)
        is_unended = opened.read(len(OGG_PAGE)) == OGG_PAGE and not has_its_end(opened)
        if promised_seconds is None:
            promised_seconds = decoded_seconds * promised_share(opened)
    finally:
        opened.seek(position)
    if promised_seconds > decoded_seconds + _SLACK_SECONDS:
        return AudioCutShortError(
            f"{name} is cut short: its header promises {promised_seconds:.1f} s of sound, but it ends at "
            f"{decoded_seconds:.1f} s. All that is there is heard; for the rest, fetch or record it again."
        )
    if is_unended:
        return AudioCutShortError(
            f"{name} may be cut short: it ends at {decoded_seconds:.1f} s without the mark that ends an Ogg file. "
            "All that is there is heard; if there was more, fetch or record it again."
        )
    return None
