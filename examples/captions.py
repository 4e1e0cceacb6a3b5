"""Captions: what is said into the microphone, as a subtitle file (SRT or WebVTT) that is whole at any time.

    python examples/captions.py captions.srt

The file is written anew after each utterance. Start it together with your recording; Ctrl-C ends it.
"""

import argparse
import sys
from pathlib import Path

from realtime_mlx_stt import (
    ModelConfig,
    RealtimeSttError,
    SessionState,
    StoredEvent,
    TranscriptionResult,
    TranscriptionSession,
    format_transcript,
    model_for_this_machine,
)


def main() -> int:
    """Write captions until Ctrl-C; the exit status."""
    parser = argparse.ArgumentParser(description="Write what is said as subtitles.")
    parser.add_argument("file", type=Path, nargs="?", default=Path("captions.srt"), help="ends in .srt or .vtt")
    parser.add_argument("--model", help="see `stt models`; else the best that this machine keeps up with")
    parser.add_argument("--device", help="a part of the microphone's name; else the system's default")
    options = parser.parse_args()
    file_format = options.file.suffix.removeprefix(".").lower()
    if file_format not in ("srt", "vtt"):
        parser.error("the file's name must end in .srt or .vtt")
    try:
        options.file.touch()
    except OSError as problem:
        parser.error(f"the file cannot be written: {problem}")
    events: list[StoredEvent] = []

    def write(result: TranscriptionResult) -> None:
        options.file.write_text(format_transcript(events, file_format), encoding="utf-8")
        print(result.text, flush=True)

    session = TranscriptionSession(
        model=ModelConfig(model=options.model or model_for_this_machine()),
        device_id=options.device,
        on_event=events.append,
        on_transcription=write,
        on_error=lambda error: print(error, file=sys.stderr),
    )
    try:
        if session.start():
            print(f"Writing {options.file}. Ctrl-C ends it.", flush=True)
            session.wait_for_callbacks(None)
    except KeyboardInterrupt:
        session.stop()
        session.wait_for_callbacks(30.0)  # the last words may still be on their way
    return int(session.get_state() is SessionState.ERROR)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # before it began, or while the last words were awaited
        sys.exit(130)
    except RealtimeSttError as problem:
        sys.exit(str(problem))
