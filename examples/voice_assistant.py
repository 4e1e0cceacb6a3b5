"""A voice assistant: ask it for the time, the date or a number; it answers and listens again.

    python examples/voice_assistant.py

It ends when you say goodbye, when you say nothing for a while, and at Ctrl-C.
"""

import argparse
import random
import sys
from datetime import datetime

from realtime_mlx_stt import RealtimeSttError, STTClient, model_for_this_machine


def answer(request: str) -> str:
    """What the assistant says to that; yours would do more."""
    words = request.lower()
    now = datetime.now().astimezone()
    if "time" in words:
        return f"It is {now:%H:%M}."
    if "date" in words or "day" in words:
        return f"Today is {now:%A, %d %B %Y}."
    if "number" in words:
        return f"How about {random.randint(1, 100)}?"
    return f"You said: {request}"


def main() -> None:
    """Answer until there is nothing more to answer."""
    parser = argparse.ArgumentParser(description="Answer what you ask.")
    parser.add_argument("--model", help="see `stt models`; else the best that this machine keeps up with")
    parser.add_argument("--device", help="a part of the microphone's name; else the system's default")
    parser.add_argument("--patience", type=float, default=20.0, help="seconds to wait for a request")
    options = parser.parse_args()
    with STTClient(
        default_model=options.model or model_for_this_machine(),
        device_index=options.device,
        vad_min_silence_duration=0.8,
    ) as client:
        print("Ask me something; say goodbye to end.", flush=True)
        while request := client.transcribe_utterance(max_duration=options.patience):
            print(f"> {request}", flush=True)
            if "goodbye" in request.lower():
                break
            print(answer(request), flush=True)
    print("Goodbye.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("Goodbye.")
    except (RealtimeSttError, RuntimeError) as problem:
        sys.exit(str(problem))
