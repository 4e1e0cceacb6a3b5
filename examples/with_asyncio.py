"""An asyncio program: speech is one more thing that the event loop waits for.

    python examples/with_asyncio.py

The events of a session are awaited next to a clock that ticks meanwhile. Ctrl-C ends it.
"""

import argparse
import asyncio
import signal
import sys

from realtime_mlx_stt import ModelConfig, RealtimeSttError, TranscriptionSession, model_for_this_machine
from realtime_mlx_stt.domain.events import HypothesisRevised, SpeechStarted, UtteranceTranscribed


async def print_what_is_said(session: TranscriptionSession) -> None:
    """Await each event in turn, until the session is over; nothing is held up meanwhile."""
    async for stored in session.events():
        match stored.event:
            case SpeechStarted():
                print("(somebody speaks)", flush=True)
            case HypothesisRevised() as heard:
                print(f"… {heard.stable_text}{heard.unstable_text}", flush=True)
            case UtteranceTranscribed() as heard:
                print(f"> {heard.text}", flush=True)
            case _:
                pass


async def tick(seconds: float) -> None:
    """Something else that goes on."""
    while True:
        await asyncio.sleep(seconds)
        print("(tick)", flush=True)


async def main() -> None:
    """Listen until Ctrl-C."""
    parser = argparse.ArgumentParser(description="Listen in an asyncio program.")
    parser.add_argument("--model", help="see `stt models`; else the best that this machine keeps up with")
    parser.add_argument("--device", help="a part of the microphone's name; else the system's default")
    options = parser.parse_args()
    session = TranscriptionSession(
        model=ModelConfig(model=options.model or model_for_this_machine()),
        device_id=options.device,
        on_error=lambda error: print(error, file=sys.stderr),
    )
    if not await asyncio.to_thread(session.start):  # loading the model takes a moment
        sys.exit(1)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, loop.run_in_executor, None, session.stop)
    clock = loop.create_task(tick(5.0))
    print("Speak. Ctrl-C ends it.", flush=True)
    await print_what_is_said(session)
    clock.cancel()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:  # while the model was being loaded
        sys.exit(130)
    except RealtimeSttError as problem:
        sys.exit(str(problem))
