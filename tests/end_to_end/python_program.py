"""A program that uses the package as its users do, with a real microphone, and prints what it saw as JSON.

``python -m tests.end_to_end.python_program SCENARIO FOLDER CLIP``, in the environment of the server in FOLDER.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.adapters.audio.sound_server import PrivateSoundServer, VirtualMicrophone

from realtime_mlx_stt import (
    ModelConfig,
    RealtimeSttError,
    STTClient,
    TranscriptionResult,
    TranscriptionSession,
    VADConfig,
    shutdown,
)

_MODEL: Final = "tiny.en"
_MICROPHONE: Final = VirtualMicrophone(name="desk", rate_hz=44_100, channels=1)
_SECONDS: Final = 60.0
_STARTS: Final = 200


class Speaker:
    """Plays the clip into the microphone, now or a little later."""

    def __init__(self, server: PrivateSoundServer, clip: Path) -> None:
        self._server = server
        self._clip = clip

    def speak(self) -> None:
        self._server.begin_to_play(self._clip, _MICROPHONE.name)

    def speak_soon(self) -> None:
        threading.Timer(0.5, self.speak).start()


def calls(speaker: Speaker) -> dict[str, Any]:
    """What each call of a client hears."""
    client = STTClient(default_model=_MODEL, vad_min_silence_duration=0.4)
    assert client.wait_for_ready(_SECONDS)
    speaker.speak_soon()
    utterance = client.transcribe_utterance()
    assert client.start_recording_immediate()
    speaker.speak()
    recording = client.get_transcription()
    speaker.speak_soon()
    results = list(client.transcribe(silence_timeout=0.5))
    return {"texts": [utterance, recording, *(result.text for result in results)], "active": client.is_active()}


def callbacks(speaker: Speaker) -> dict[str, Any]:
    """What two sessions are called back with that listen to one device at the same time."""
    called: dict[str, list[str]] = {"first": [], "second": []}
    errors: list[str] = []
    done = threading.Semaphore(0)

    def named(name: str) -> Callable[[TranscriptionResult], None]:
        def take(result: TranscriptionResult) -> None:
            called[name].append(result.text)
            done.release()

        return take

    def take_error(error: Exception) -> None:
        # The microphone that is none gives zeros until something is played into it.
        if not (isinstance(error, RealtimeSttError) and error.code == "microphone-silent"):
            errors.append(str(error))

    sessions = [
        TranscriptionSession(
            model=ModelConfig(model=_MODEL),
            vad=VADConfig(min_silence_duration=0.4),
            on_transcription=named(name),
            on_error=take_error,
        )
        for name in called
    ]
    started = [session.start() for session in sessions]
    speaker.speak()
    heard = [done.acquire(timeout=_SECONDS) for _ in sessions]
    stopped = [session.stop() for session in sessions]
    return {"texts": called, "errors": errors, "answers": [*started, *heard, *stopped]}


def restarts(_speaker: Speaker) -> dict[str, Any]:
    """What many starts and stops leave behind: threads, open files and memory after a few, and after all."""
    session = TranscriptionSession(model=ModelConfig(model=_MODEL))
    left: list[tuple[int, int, int]] = []
    answers = set()
    for number in range(1, _STARTS + 1):
        answers |= {session.start(), session.stop()}
        if number in (_STARTS // 10, _STARTS):
            left.append((threading.active_count(), len(os.listdir("/proc/self/fd")), _resident_kilobytes()))
    return {"answers": sorted(answers), "left": left}


def stops(speaker: Speaker) -> dict[str, Any]:
    """How long a stop takes while the model loads, while nobody speaks, and in the middle of speech."""
    seconds: list[float] = []
    texts: list[str] = []
    loading = TranscriptionSession(model=ModelConfig(model=_MODEL))
    starter = threading.Thread(target=loading.start)
    starter.start()
    moment = threading.Event()
    while loading.session_id is None and starter.is_alive():
        moment.wait(0.001)
    seconds.append(_stop_seconds(loading))
    starter.join(_SECONDS)
    partials, is_written = threading.Semaphore(0), threading.Event()

    def take(result: TranscriptionResult) -> None:
        texts.append(result.text)
        is_written.set()

    session = TranscriptionSession(model=ModelConfig(model=_MODEL), on_transcription=take)
    session.start()
    seconds.append(_stop_seconds(session))
    session.on_partial = lambda _text: partials.release()
    session.start()
    speaker.speak()
    assert all(partials.acquire(timeout=_SECONDS) for _ in range(2))  # by the second, enough for a text was said
    seconds.append(_stop_seconds(session))
    assert is_written.wait(_SECONDS)
    return {"seconds": seconds, "texts": texts, "state": session.get_state().value}


def _stop_seconds(session: TranscriptionSession) -> float:
    began = time.monotonic()
    session.stop()
    return time.monotonic() - began


def _resident_kilobytes() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    (resident,) = [line.split()[1] for line in lines if line.startswith("VmRSS:")]
    return int(resident)


def main(scenario: str, folder: Path, clip: Path) -> None:
    server = PrivateSoundServer(folder, [_MICROPHONE])
    server.start()
    try:
        seen = {"calls": calls, "callbacks": callbacks, "restarts": restarts, "stops": stops}[scenario](
            Speaker(server, clip)
        )
    finally:
        server.kill()
        shutdown()
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(_SECONDS)  # the models' thread may still be inside a call that nobody wants any more
    json.dump({**seen, "threads": [thread.name for thread in threading.enumerate()]}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
