"""A wake word: nothing is written until you say "hey jarvis"; then it is what you say next.

    python examples/wake_word.py
    python examples/wake_word.py --word alexa --word "hey mycroft"

No key and no service is needed: the word is heard on this machine. Ctrl-C ends it.
"""

import argparse
import sys

from realtime_mlx_stt import (
    ModelConfig,
    RealtimeSttError,
    SessionState,
    StoredEvent,
    TranscriptionSession,
    WakeWordConfig,
    model_for_this_machine,
)


def tell_if_in_vain(stored: StoredEvent) -> None:
    """Say that the word was heard and then nothing."""
    if stored.event.type == "wake-word-expired":
        print("Nothing was said; waiting for the word again.", flush=True)


def main() -> int:
    """Wait for the word, again and again, until Ctrl-C; the exit status."""
    parser = argparse.ArgumentParser(description="Write what you say behind a wake word.")
    parser.add_argument("--word", action="append", help="what wakes it; may be repeated (default: hey jarvis)")
    parser.add_argument("--model", help="see `stt models`; else the best that this machine keeps up with")
    parser.add_argument("--device", help="a part of the microphone's name; else the system's default")
    options = parser.parse_args()
    words = options.word or ["hey jarvis"]
    session = TranscriptionSession(
        model=ModelConfig(model=options.model or model_for_this_machine()),
        wake_word=WakeWordConfig(words=words, timeout=10),
        device_id=options.device,
        on_wake_word=lambda word, score: print(f"{word} ({score:.0%}): go on …", flush=True),
        on_transcription=lambda result: print(f"> {result.text}", flush=True),
        on_error=lambda error: print(error, file=sys.stderr),
        on_event=tell_if_in_vain,
    )
    try:
        if session.start():
            print(f"Say “{'” or “'.join(words)}”, and then what you want. Ctrl-C ends it.", flush=True)
            session.wait_for_callbacks(None)
    except KeyboardInterrupt:
        session.stop()
    return int(session.get_state() is SessionState.ERROR)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # before it began, or while the last words were awaited
        sys.exit(130)
    except RealtimeSttError as problem:
        sys.exit(str(problem))
