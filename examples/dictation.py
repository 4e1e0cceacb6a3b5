"""Dictation: what you say is put into the clipboard, ready to be pasted anywhere.

    pip install 'realtime-mlx-stt[examples]'
    python examples/dictation.py

Speak as long as you like; Ctrl-C ends it. On Linux the clipboard needs xclip or wl-clipboard.
"""

import argparse
import sys

from realtime_mlx_stt import (
    ModelConfig,
    RealtimeSttError,
    SessionState,
    TranscriptionResult,
    TranscriptionSession,
    model_for_this_machine,
)

try:
    import pyperclip
except ImportError:
    sys.exit("The clipboard needs pyperclip: pip install pyperclip")

CLEAR_LINE = "\r\033[K"


def main() -> int:
    """Listen until Ctrl-C; the exit status."""
    parser = argparse.ArgumentParser(description="Put what you say into the clipboard.")
    parser.add_argument("--model", help="see `stt models`; else the best that this machine keeps up with")
    parser.add_argument("--device", help="a part of the microphone's name; else the system's default")
    options = parser.parse_args()
    said: list[str] = []

    def take(result: TranscriptionResult) -> None:
        said.append(result.text)
        pyperclip.copy(" ".join(said))
        print(f"{CLEAR_LINE}{result.text}", flush=True)

    session = TranscriptionSession(
        model=ModelConfig(model=options.model or model_for_this_machine()),
        device_id=options.device,
        on_transcription=take,
        on_partial=lambda text: print(f"{CLEAR_LINE}… {text[-70:]}", end="", flush=True),
        on_error=lambda error: print(error, file=sys.stderr),
    )
    try:
        pyperclip.paste()  # says at once if there is no clipboard
        if session.start():
            print("Speak. Ctrl-C ends it.", flush=True)
            session.wait_for_callbacks(None)
    except KeyboardInterrupt:
        session.stop()
        session.wait_for_callbacks(30.0)  # the last words may still be on their way
        print(f"{CLEAR_LINE}The clipboard has {sum(len(text.split()) for text in said)} words.")
    return int(session.get_state() is SessionState.ERROR)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # before it began, or while the last words were awaited
        sys.exit(130)
    except (RealtimeSttError, pyperclip.PyperclipException) as problem:
        sys.exit(str(problem).strip())
