"""Looks at the pages of an Ogg file (RFC 3533): whether its end is there, and whether more follow."""

import os
import re
from collections.abc import Iterator
from io import BytesIO, FileIO
from typing import Final

__all__ = ["OGG_PAGE", "follow_one_another", "has_its_end"]

OGG_PAGE: Final = b"OggS"
"""With which every page, and so every Ogg file, begins."""

_HEAD_BYTES: Final = 27
_LONGEST_PAGE_BYTES: Final = 65_307
_LAST_PAGE: Final = 0x04
_FIRST_PAGE: Final = re.compile(rb"OggS\0[\x02\x03\x06\x07]", re.DOTALL)
_LATER_PAGE: Final = re.compile(rb"OggS\0[\x00\x01\x04\x05]", re.DOTALL)
_SOUGHT_BYTES: Final = 6
_BLOCK_BYTES: Final = 1_000_000


def has_its_end(opened: FileIO | BytesIO) -> bool:
    """Whether the last page is whole and marked as the last one of a stream, whatever may follow that is none.

    Leaves the file at another position.
    """
    at = _last_page_at(opened)
    opened.seek(at)
    page = opened.read(_LONGEST_PAGE_BYTES) or b""
    if len(page) < _HEAD_BYTES:
        return False
    lengths = page[_HEAD_BYTES : _HEAD_BYTES + page[26]]
    whole_bytes = _HEAD_BYTES + page[26] + sum(lengths)
    return bool(page[5] & _LAST_PAGE) and len(page) >= whole_bytes


def follow_one_another(opened: FileIO | BytesIO) -> bool:
    """Whether streams begin where others have gone on already, as in files that were joined; False if it is no Ogg.

    The file's position stays as it is.
    """
    position = opened.tell()
    try:
        opened.seek(0)
        if opened.read(len(OGG_PAGE)) != OGG_PAGE:
            return False
        is_under_way = False
        for block in _blocks(opened):
            start = 0
            if not is_under_way:
                later = _LATER_PAGE.search(block)
                if later is None:
                    continue
                is_under_way, start = True, later.start()
            if _FIRST_PAGE.search(block, start):
                return True
        return False
    finally:
        opened.seek(position)


def _last_page_at(opened: FileIO | BytesIO) -> int:
    """Where the last page begins; 0 if there is none."""
    end = opened.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - _BLOCK_BYTES)
        opened.seek(start)
        found = (opened.read(end - start) or b"").rfind(OGG_PAGE)
        if found >= 0:
            return start + found
        end = start + len(OGG_PAGE) - 1 if start else 0
    return 0


def _blocks(opened: FileIO | BytesIO) -> Iterator[bytes]:
    """The whole file, in blocks that overlap, so that what is sought lies whole in one of them."""
    at = 0
    while True:
        opened.seek(at)
        block = opened.read(_BLOCK_BYTES) or b""
        if len(block) < _SOUGHT_BYTES:
            return
        yield block
        at += len(block) - _SOUGHT_BYTES + 1
