"""Writes what was said in a session as text, JSON or subtitles."""

from collections.abc import Iterable

from realtime_mlx_stt.adapters.python_api.configuration.enumerations import member
from realtime_mlx_stt.application.read_models.subtitles import TranscriptFormat, render
from realtime_mlx_stt.application.read_models.transcript import fold_transcript
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["format_transcript"]


def format_transcript(events: Iterable[StoredEvent], file_format: str = "txt") -> str:
    """All that was said in one session, as what a ``txt``, ``json``, ``srt`` or ``vtt`` file holds.

    ``events``: the session's, from the first on and in order, as ``on_event`` is given them and ``events()`` has
    them; of ``events()`` the end of the session is awaited.

    Raises:
        InvalidSettingError: a ``ValueError``; there is no such format.
        EventStoreError: the events could not be read.
    """
    wanted = member(TranscriptFormat, file_format, "transcript format")
    return render(fold_transcript(events), wanted)
