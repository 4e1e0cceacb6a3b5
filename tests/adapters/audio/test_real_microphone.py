"""Through ALSA, PortAudio and a sound server, a microphone hears what is played and outlives the server's crash."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
import soundfile
from tests.adapters.audio.sound_server import PrivateSoundServer, missing_packages

REPOSITORY = Path(__file__).parents[3]
SPEECH = REPOSITORY / "tests" / "data" / "speech" / "jfk.wav"

pytestmark = pytest.mark.skipif(
    bool(missing_packages()),
    reason=f"no sound server can be started without: {' '.join(sorted(missing_packages()))}",
)


def test_speech_is_heard_before_and_after_the_sound_server_crashes() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        samples, rate = soundfile.read(SPEECH, dtype="float32", frames=24_000)
        soundfile.write(folder / "clip.wav", samples, rate, subtype="FLOAT")
        report = json.loads(_heard(folder, folder / "clip.wav"))
    assert report["default"] == ["default"]
    assert min(report["likeness"]) > 0.95
    assert report["told"] == ["SourceLost", "AudioLost", "SourceRecovered"]
    ((reason, lost_samples),) = report["losses"]
    assert reason == "source-lost"
    assert lost_samples > 8_000
    assert report["threads"] == ["MainThread"]


def _heard(folder: Path, clip: Path) -> str:
    """What the program says; neither it nor its sound server outlives this."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.adapters.audio.real_microphone", str(folder), str(clip)],
        cwd=REPOSITORY,
        env={**PrivateSoundServer(folder).environment, "PYTHONPATH": f"src{os.pathsep}."},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as program:
        try:
            said, complaints = program.communicate(timeout=90.0)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
    assert program.returncode == 0, complaints
    return said
