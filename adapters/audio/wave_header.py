"""Writes the header of a float32 WAV file so that the file can be read at every moment of its being written.

Until the file is finished the header says that the samples reach to the file's end, so that a program that is
killed leaves a file that can be read. WAV counts bytes in 32 bits. A longer file becomes an RF64 (EBU Tech 3306),
which counts in 64 bits, in a chunk for which every file has room.
"""

import struct
from typing import Final

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ

__all__ = ["HEADER_BYTES", "RIFF_LIMIT_BYTES", "SAMPLE_BYTES", "is_wave_header", "wave_header"]

HEADER_BYTES: Final = 92
SAMPLE_BYTES: Final = 4

RIFF_LIMIT_BYTES: Final = 0xFFFF_0000
"""The longest sound that fits into a WAV file with its header; 18.6 hours."""

_TO_THE_END: Final = 0xFFFF_FFFF
_TO_THE_END_64: Final = 1 << 62
_FLOAT: Final = 3

_SIZELESS: Final = (slice(4), slice(8, 16), slice(48, 76), slice(84, 88))
"""The parts of the header between the sizes: the chunks' names and the format of the samples."""


def wave_header(sound_bytes: int | None, *, is_long: bool) -> bytes:
    """The header for so many bytes of samples, None for all up to the file's end."""
    size_chunk = _sizes_64(sound_bytes) if is_long else struct.pack("<4sI28x", b"JUNK", 28)
    short = _TO_THE_END if is_long or sound_bytes is None else sound_bytes
    form_bytes = short if short == _TO_THE_END else short + HEADER_BYTES - 8
    samples = short if short == _TO_THE_END else short // SAMPLE_BYTES
    return b"".join(
        (
            struct.pack("<4sI4s", b"RF64" if is_long else b"RIFF", form_bytes, b"WAVE"),
            size_chunk,
            struct.pack(
                "<4sIHHIIHH",
                b"fmt ",
                16,
                _FLOAT,
                1,
                SAMPLE_RATE_HZ,
                SAMPLE_RATE_HZ * SAMPLE_BYTES,
                SAMPLE_BYTES,
                8 * SAMPLE_BYTES,
            ),
            struct.pack("<4sII", b"fact", 4, samples),
            struct.pack("<4sI", b"data", short),
        )
    )


def is_wave_header(header: bytes) -> bool:
    """Whether it is one of these headers, whatever its sizes; the first sample follows it."""
    expected = wave_header(None, is_long=header[:4] == b"RF64")
    return all(header[part] == expected[part] for part in _SIZELESS)


def _sizes_64(sound_bytes: int | None) -> bytes:
    sound = _TO_THE_END_64 if sound_bytes is None else sound_bytes
    return struct.pack("<4sIQQQI", b"ds64", 28, sound + HEADER_BYTES - 8, sound, sound // SAMPLE_BYTES, 0)
