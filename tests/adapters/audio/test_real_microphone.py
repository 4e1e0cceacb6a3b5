"""Through ALSA, PortAudio and a sound server, microphones hear what is played, whatever befalls them."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import soundfile
from tests.adapters.audio.sound_server import excuse, needs_sound_server, server_environment

REPOSITORY = Path(__file__).parents[3]
SPEECH = REPOSITORY / "tests" / "data" / "speech" / "jfk.wav"
LIKE = 0.95
"""At least so much is what was heard like what was played; 0 is something else, and 1 the same."""

LOST_AND_BACK = ["SourceLost", "AudioLost", "SourceRecovered"]
CHANGED = ["SourceLost", "SourceRecovered"]

needs_a_server = needs_sound_server()


def report(scenario: str) -> dict[str, Any]:
    """What the scenario's program has seen. It leaves no thread behind; neither it nor its server outlives this."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        samples, rate = soundfile.read(SPEECH, dtype="float32", frames=24_000)
        soundfile.write(folder / "clip.wav", samples, rate, subtype="FLOAT")
        seen: dict[str, Any] = json.loads(_said(scenario, folder, folder / "clip.wav"))
    assert seen["threads"] == ["MainThread"]
    for heard in seen["heard"]:
        assert min(heard.values()) > LIKE, heard
    return seen


def _said(scenario: str, folder: Path, clip: Path) -> str:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.adapters.audio.real_microphone", scenario, str(folder), str(clip)],
        cwd=REPOSITORY,
        env={**os.environ, **server_environment(folder), "PYTHONPATH": f"src{os.pathsep}."},
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


@needs_a_server
def test_speech_is_heard_before_and_after_the_sound_server_crashes() -> None:
    seen = report("crash")
    assert seen["default"] == ["default"]
    assert seen["told"] == LOST_AND_BACK
    ((reason, lost_samples),) = seen["losses"]
    assert reason == "source-lost"
    assert lost_samples > 8_000


@needs_a_server
def test_devices_of_any_rate_and_channels_are_heard_by_name_number_or_default_all_at_once() -> None:
    seen = report("rates")
    assert seen["names"] == ["telephone", "camera", "podcast", "interface"]
    assert seen["formats"] == [
        "float32le 1ch 48000Hz",
        "float32le 1ch 8000Hz",
        "float32le 2ch 44100Hz",
        "float32le 2ch 96000Hz",
    ]
    assert seen["told"] == [[], [], [], []]


@needs_a_server
def test_sessions_that_share_the_default_follow_the_server_without_a_gap() -> None:
    assert report("moved_by_the_server")["told"] == [[], []]


@needs_a_server
def test_a_default_that_is_a_device_is_followed_and_one_to_keep_is_kept() -> None:
    seen = report("followed")
    follower, keeper = seen["told"]
    assert (follower, keeper) == ([*CHANGED, *LOST_AND_BACK], [])
    assert seen["names"] == ["lapel", "desk"]
    assert seen["reasons"] == ["audio-device-changed"] * 2
    ((_, lost_samples),) = seen["losses"]
    assert lost_samples < 16_000


@needs_a_server
def test_a_microphone_that_is_unplugged_while_it_hears_is_heard_again_when_it_is_back() -> None:
    seen = report("unplugged")
    assert seen["told"] == LOST_AND_BACK
    assert seen["reasons"] == ["audio-source"]
    assert [reason for reason, _ in seen["losses"]] == ["source-lost"]


@needs_a_server
def test_a_muted_microphone_is_told_of_and_a_machine_that_stands_still_costs_nothing() -> None:
    seen = report("muted")
    assert seen["silences"] == ["SourceSilent", "SourceAudible"]
    assert 40_000 < seen["silent_at"] < 60_000
    assert seen["told"] == []


@pytest.mark.parametrize(
    ("platform", "missing", "environment", "is_excused"),
    [
        ("linux", {"pulseaudio"}, {}, True),
        ("linux", {"pulseaudio"}, {"CI": "true"}, False),
        ("linux", {"pulseaudio"}, {"REQUIRE_SOUND_SERVER": "1"}, False),
        ("linux", set(), {}, False),
        ("darwin", {"pulseaudio"}, {"CI": "true"}, True),
    ],
)
def test_only_who_can_have_no_sound_server_is_excused(
    platform: str, missing: set[str], environment: dict[str, str], *, is_excused: bool
) -> None:
    assert (excuse(platform, missing, environment) is not None) is is_excused
