"""Two microphones at once, as in an interview: each line says who spoke.

    python examples/two_microphones.py
    python examples/two_microphones.py --left "USB" --right "Built-in"

Both are written by one model, which is loaded once. `stt devices` lists the names. Ctrl-C ends it.
"""

import argparse
import sys
from contextlib import ExitStack

from realtime_mlx_stt import (
    ModelConfig,
    RealtimeSttError,
    TranscriptionSession,
    list_audio_devices,
    model_for_this_machine,
)


def session(name: str, device: int | str, model: str) -> TranscriptionSession:
    """A session that prints what this microphone hears."""
    return TranscriptionSession(
        model=ModelConfig(model=model),
        device_id=device,
        on_transcription=lambda result: print(f"{name}: {result.text}", flush=True),
        on_error=lambda error: print(f"{name}: {error}", file=sys.stderr),
    )


def main() -> str | None:
    """Listen to both until Ctrl-C; what went wrong, if anything did."""
    parser = argparse.ArgumentParser(description="Listen to two microphones.")
    parser.add_argument("--left", help="a part of a microphone's name; else the first there is")
    parser.add_argument("--right", help="a part of another's name; else the second there is")
    parser.add_argument("--model", help="see `stt models`; else the best that this machine keeps up with")
    options = parser.parse_args()
    devices = list_audio_devices()
    if len(devices) < 2:
        return f"This needs two microphones, and there is {devices[0].name if devices else 'none'}."
    model = options.model or model_for_this_machine()
    sessions = [
        session("left", options.left or devices[0].index, model),
        session("right", options.right or devices[1].index, model),
    ]
    with ExitStack() as both:
        for each in sessions:
            both.enter_context(each)
        if not all(each.is_running() for each in sessions):
            return "One of them cannot be listened to."
        print("Listening to both. Ctrl-C ends it.", flush=True)
        for each in sessions:
            each.wait_for_callbacks(None)
    return None


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("That was it.")
    except RealtimeSttError as problem:
        sys.exit(str(problem))
