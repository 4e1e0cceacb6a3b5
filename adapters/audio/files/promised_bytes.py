"""Finds how many bytes of samples the header of a sound file promises: WAV and its kin, AIFF, CAF and AU."""

import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO, FileIO
from typing import Final

__all__ = ["promised_share"]

_UNKNOWN_BYTES: Final = 0x7E00_0000
"""A file that is written to where nobody can go back claims so many bytes or more, which are no promise."""

_UNKNOWN_LONG_BYTES: Final = 2**62
"""The same where sizes have 64 bits."""

_MOST_CHUNKS: Final = 1000
"""In how many parts of a file its samples are looked for: nobody writes so many before them."""

_W64_DATA: Final = b"data\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """How a kind of file is made up of chunks, each a name and a size, and then as many bytes."""

    first_chunk_at: int
    head: struct.Struct
    samples: bytes
    unknown_bytes: int
    alignment: int
    counts_head: bool = False


_WAV: Final = _Layout(
    first_chunk_at=12, head=struct.Struct("<4sI"), samples=b"data", unknown_bytes=_UNKNOWN_BYTES, alignment=2
)
_LAYOUTS: Final[Mapping[bytes, _Layout]] = {
    b"RIFF": _WAV,
    b"RF64": _WAV,
    b"BW64": _WAV,
    b"RIFX": _Layout(
        first_chunk_at=12, head=struct.Struct(">4sI"), samples=b"data", unknown_bytes=_UNKNOWN_BYTES, alignment=2
    ),
    b"FORM": _Layout(
        first_chunk_at=12, head=struct.Struct(">4sI"), samples=b"SSND", unknown_bytes=_UNKNOWN_BYTES, alignment=2
    ),
    b"caff": _Layout(
        first_chunk_at=8,
        head=struct.Struct(">4sQ"),
        samples=b"data",
        unknown_bytes=_UNKNOWN_LONG_BYTES,
        alignment=1,
    ),
    b"riff": _Layout(
        first_chunk_at=40,
        head=struct.Struct("<16sQ"),
        samples=_W64_DATA,
        unknown_bytes=_UNKNOWN_LONG_BYTES,
        alignment=8,
        counts_head=True,
    ),
}
"""By the first four bytes; Sony Wave64 begins with a small ``riff``."""

_AU_HEADS: Final = {b".snd": struct.Struct(">4sII"), b"dns.": struct.Struct("<4sII")}

_LONG_SIZES: Final = b"ds64"
_LONG_SIZES_HEAD: Final = struct.Struct("<QQ")
_IN_LONG_SIZES: Final = 0xFFFF_FFFF
"""The size of samples in RF64 and BW64 (EBU Tech 3306) if it is the second number of the chunk ``ds64``."""


def promised_share(opened: FileIO | BytesIO) -> float:
    """How many times as many bytes of samples are promised as there are; 1 where nothing is promised.

    Leaves the file at another position.
    """
    end = opened.seek(0, os.SEEK_END)
    opened.seek(0)
    beginning = opened.read(12) or b""
    kind = beginning[:4]
    if kind in _AU_HEADS and len(beginning) == 12:
        _, at, promised = _AU_HEADS[kind].unpack(beginning)
        promised = promised if promised < _UNKNOWN_BYTES else 0
    elif kind in _LAYOUTS:
        promised, at = _promised(opened, _LAYOUTS[kind])
    else:
        return 1.0
    return promised / (end - at) if promised and at < end else 1.0


def _promised(opened: FileIO | BytesIO, layout: _Layout) -> tuple[int, int]:
    """How many bytes of samples are promised, 0 if that is not told, and where they begin."""
    long_size = 0
    for name, size in _chunks(opened, layout):
        if name == _LONG_SIZES:
            sizes = opened.read(_LONG_SIZES_HEAD.size) or b""
            long_size = _LONG_SIZES_HEAD.unpack(sizes)[1] if len(sizes) == _LONG_SIZES_HEAD.size else 0
        elif name == layout.samples:
            if size == _IN_LONG_SIZES and long_size < _UNKNOWN_LONG_BYTES:
                return long_size, opened.tell()
            return size if size < layout.unknown_bytes else 0, opened.tell()
    return 0, 0


def _chunks(opened: FileIO | BytesIO, layout: _Layout) -> Iterator[tuple[bytes, int]]:
    """The name and size of each chunk, with the file at where its contents begin."""
    at = layout.first_chunk_at
    for _ in range(_MOST_CHUNKS):
        opened.seek(at)
        head = opened.read(layout.head.size) or b""
        if len(head) < layout.head.size:
            return
        name, size = layout.head.unpack(head)
        size = max(0, size - layout.head.size) if layout.counts_head else size
        yield name, size
        if size >= layout.unknown_bytes:
            return
        at += layout.head.size + size + -size % layout.alignment
