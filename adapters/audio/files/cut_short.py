"""Finds out whether a sound file promises more than it holds, as one does that was copied or recorded in part.

libsndfile reads such a file to where it ends, and says nothing.
"""

import os
import struct
from io import BytesIO, FileIO
from typing import Final

from realtime_mlx_stt.ports.audio_source import AudioCutShortError

__all__ = ["cut_short_error"]

_SLACK_SECONDS: Final = 0.2
"""Less than this is no loss: decoders and headers differ by a frame or two."""

_UNKNOWN_BYTES: Final = 0x7FFF_0000
"""A WAV file that is written to where nobody can go back claims so many bytes or more, which are no promise."""

_MOST_CHUNKS: Final = 1000
"""In how many parts of a WAV file its samples are looked for: nobody writes so many before them."""

_LONGEST_OGG_PAGE_BYTES: Final = 65_307
_OGG_PAGE: Final = b"OggS"
_OGG_PAGE_HEAD_BYTES: Final = 27
_OGG_LAST_PAGE: Final = 0x04


def cut_short_error(
    opened: FileIO | BytesIO, name: str, decoded_seconds: float, promised_seconds: float | None
) -> AudioCutShortError | None:
    """What is to be told of a file of which so much could be decoded; None if nothing is known to be missing.

    ``promised_seconds`` is what the decoder read in a header; with None the WAV header tells, or the end of an Ogg
    file. The file's position stays as it is.
    """
    position = opened.tell()
    try:
        opened.seek(0)
        beginning = opened.read(12) or b""
        if promised_seconds is None and beginning[:4] == b"RIFF" and beginning[8:] == b"WAVE":
            promised_seconds = decoded_seconds * _promised_share(opened)
        is_unended = beginning[:4] == _OGG_PAGE and not _ends_with_last_page(opened)
    finally:
        opened.seek(position)
    if promised_seconds is not None and promised_seconds > decoded_seconds + _SLACK_SECONDS:
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


def _promised_share(opened: FileIO | BytesIO) -> float:
    """How many times as many bytes of samples as there are a WAV header promises; 1 where it promises nothing."""
    end = opened.seek(0, os.SEEK_END)
    at = 12
    for _ in range(_MOST_CHUNKS):
        opened.seek(at)
        head = opened.read(8) or b""
        if len(head) < 8:
            break
        chunk, size = struct.unpack("<4sI", head)
        at += 8
        if chunk == b"data":
            return size / (end - at) if size < _UNKNOWN_BYTES and at < end else 1.0
        at += size + size % 2
    return 1.0


def _ends_with_last_page(opened: FileIO | BytesIO) -> bool:
    """Whether the last page of an Ogg file (RFC 3533) is whole and marked as the last one of a stream."""
    end = opened.seek(0, os.SEEK_END)
    opened.seek(max(0, end - 2 * _LONGEST_OGG_PAGE_BYTES))
    _, found, page = (opened.read(2 * _LONGEST_OGG_PAGE_BYTES) or b"").rpartition(_OGG_PAGE)
    page = found + page
    if len(page) < _OGG_PAGE_HEAD_BYTES:
        return False
    lengths = page[_OGG_PAGE_HEAD_BYTES : _OGG_PAGE_HEAD_BYTES + page[26]]
    whole_bytes = _OGG_PAGE_HEAD_BYTES + page[26] + sum(lengths)
    return bool(page[5] & _OGG_LAST_PAGE) and len(page) >= whole_bytes
