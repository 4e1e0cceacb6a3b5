"""A program that ends as soon as the first utterance of a file has ended, and prints the texts it is still told.

``python -m tests.end_to_end.ending_program FILE``
"""

import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Final

from tests.end_to_end.hearing import MODEL

import realtime_mlx_stt
from realtime_mlx_stt.adapters.python_api.process_services import services
from realtime_mlx_stt.application.profiles.profiles import DEFAULT_PROFILE
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.ports.audio_source import FileRequest
from realtime_mlx_stt.ports.event_store import StoredEvent

__all__ = ["main"]

_MOST_SECONDS: Final = 60.0


def main() -> None:
    """Hear the file as fast as possible, and return at the first end of speech."""
    ended = threading.Event()

    def tell(stored: StoredEvent) -> None:
        if isinstance(stored.event, e.SpeechEnded):
            ended.set()
        elif isinstance(stored.event, e.UtteranceTranscribed):
            sys.stdout.write(f"{stored.event.text}\n")
        elif isinstance(stored.event, e.TranscriptionFailed):
            sys.stdout.write(f"failed: {stored.event.message}\n")

    assert realtime_mlx_stt.TranscriptionSession.__name__  # the first name that is used sets the package up
    orchestrator = services().orchestrator
    wanted = orchestrator.configure_profile(DEFAULT_PROFILE, {"transcription": {"model": MODEL, "language": "en"}})
    orchestrator.start_pipeline(replace(wanted, source=FileRequest(path=Path(sys.argv[1]), speed=None)), tell)
    assert ended.wait(_MOST_SECONDS)


if __name__ == "__main__":
    main()
