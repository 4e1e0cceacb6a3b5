"""A request whose uploaded files stay in memory: audio is not written to disk unless somebody asks for that."""

from io import BytesIO
from typing import IO

from flask import Request

__all__ = ["RequestInMemory"]


class RequestInMemory(Request):
    """Werkzeug writes uploads of more than half a megabyte to temporary files; this one never does."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        """Where a part of a form that is a file is kept; its size is bounded by that of the body."""
        return BytesIO()
