"""Distinguishes names of sessions in a path from the fixed words that may stand there."""

from werkzeug.routing import BaseConverter

__all__ = ["SessionName"]


class SessionName(BaseConverter):
    """Any part of a path but ``upload`` and ``stream``, which are routes of their own beside the sessions."""

    regex = r"(?!(?:upload|stream)$)[^/]+"
    part_isolating = True
