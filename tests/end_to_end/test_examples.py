"""The examples do what they promise, run as a user runs them, and say in a sentence why when they cannot."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import pytest
import soundfile
from tests.adapters.audio.sound_server import (
    PrivateSoundServer,
    VirtualMicrophone,
    needs_sound_server,
    server_environment,
)
from tests.end_to_end.command import CLIPS, Home, Running
from tests.end_to_end.sound_scenes import plain_words, scene, silence, speech, wake_word

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.ports.audio_source import AudioSamples

ROOT: Final = Path(__file__).parents[2]
EXAMPLES: Final = sorted((ROOT / "examples").glob("*.py"))
SAID: Final = "has never been surpassed"
CLIP: Final = speech("lj001-0008")
NOBODY: Final = silence(240)

_BESIDE_OTHERS: Final = {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "OPENBLAS_NUM_THREADS": "1"}
"""Several models are loaded at the same time, and threads that wait for each other take it from them."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@contextmanager
def example(
    name: str, home: Home, *arguments: str, hears: Mapping[str, Sequence[AudioSamples]]
) -> Iterator[Running]:
    """An example that runs meanwhile, with these microphones, each of which plays the next sound when opened."""
    microphones = []
    for microphone, sounds in hears.items():
        files = [home.folder / f"{microphone}-{number}.wav" for number in range(len(sounds))]
        for file, samples in zip(files, sounds, strict=True):
            soundfile.write(file, scene(samples, NOBODY), SAMPLE_RATE_HZ)
        microphones.append(f"{microphone}={','.join(map(str, files))}")
    launcher = (sys.executable, "-m", "tests.end_to_end.played_microphones", *microphones, "--")
    with running((*launcher, str(ROOT / "examples" / name), *arguments), home.environment) as program:
        yield program


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Running]:
    """The command; it is killed if it is not over at the end."""
    process = subprocess.Popen(
        command,
        env={**environment, **_BESIDE_OTHERS},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    program = Running(process)
    try:
        yield program
    finally:
        process.kill()
        program.finish()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def end(program: Running) -> str:
    """Press Ctrl-C; what was printed in all, which is nothing on stderr."""
    program.send(signal.SIGINT)
    outcome = program.finish()
    assert (outcome.status, outcome.errors) == (0, "")
    return outcome.output


def test_dictation_is_in_the_clipboard(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = clipboard_programs(home.folder)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with example("dictation.py", home, hears={"desk": [scene(CLIP, silence(2), CLIP)]}) as program:
        assert program.wait_for_finals("been surpassed", 2)
        said = end(program)
    assert plain_words((home.folder / "clipboard").read_text()) == 2 * plain_words(SAID)
    assert said.endswith("The clipboard has 8 words.\n")


def clipboard_programs(folder: Path) -> Path:
    """A folder with programs under the names of those that have the clipboard; this one is a file."""
    programs = folder / "programs"
    programs.mkdir()
    for name in ("wl-copy", "pbcopy"):
        (programs / name).write_text(f"#!/bin/sh\ncat >'{folder}/clipboard'\n")
    for name in ("wl-paste", "pbpaste"):
        (programs / name).write_text("#!/bin/sh\n")
    for program in programs.iterdir():
        program.chmod(0o755)
    return programs


def test_the_assistant_answers_and_listens_again_until_nobody_asks(home: Home) -> None:
    with example("voice_assistant.py", home, "--patience", "2", hears={"desk": [CLIP, NOBODY]}) as program:
        outcome = program.finish()
    assert (outcome.status, outcome.errors) == (0, "")
    lines = outcome.output.splitlines()
    assert [plain_words(line) for line in lines[1:3]] == [plain_words(SAID), plain_words(f"You said: {SAID}")]
    assert lines[3:] == ["Goodbye."]


def test_nothing_is_written_until_the_wake_word(home: Home) -> None:
    waking = scene(CLIP, silence(2), wake_word("alexa"), silence(0.2), CLIP)
    with example("wake_word.py", home, "--word", "alexa", hears={"desk": [waking]}) as program:
        assert program.wait_for("> ")
        said = end(program)
    heard = [line for line in said.splitlines() if not line.startswith("Say ")]  # which may come late
    assert heard[0].startswith("alexa (")
    assert [plain_words(line) for line in heard[1:]] == [plain_words(SAID)]


def test_captions_are_a_subtitle_file_while_they_are_written_and_afterwards(home: Home) -> None:
    file = home.folder / "talk.srt"
    with example("captions.py", home, str(file), hears={"desk": [scene(CLIP, silence(2), CLIP)]}) as program:
        assert program.wait_for("been surpassed", 1)
        assert file.read_text().startswith("1\n00:00:0")
        assert program.wait_for("been surpassed", 2)
        end(program)
    first, second = file.read_text().split("\n\n")
    assert (first.splitlines()[0], second.splitlines()[0]) == ("1", "2")
    assert [plain_words(cue.splitlines()[2]) for cue in (first, second)] == [plain_words(SAID)] * 2


def test_an_asyncio_program_is_told_of_everything_up_to_the_end(home: Home) -> None:
    with example("with_asyncio.py", home, hears={"desk": [CLIP]}) as program:
        assert program.wait_for("> ")
        said = end(program)
    assert "(somebody speaks)\n" in said
    assert [plain_words(line) for line in said.splitlines() if line.startswith("> ")] == [plain_words(SAID)]


@needs_sound_server()
def test_two_microphones_are_written_side_by_side() -> None:
    """With nothing in between: PortAudio, ALSA, and a sound server with two microphones."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = PrivateSoundServer(folder, [VirtualMicrophone(name="desk"), VirtualMicrophone(name="lapel")])
        server.start()
        environment = {
            **Home(folder).environment,
            **server_environment(folder),
            "ALSA_CONFIG_PATH": server.list_devices("desk", "lapel"),
        }
        try:
            with running((sys.executable, str(ROOT / "examples" / "two_microphones.py")), environment) as program:
                assert program.wait_for("Listening")
                server.begin_to_play(CLIPS / "lj001-0008.wav", "desk")
                server.begin_to_play(CLIPS / "lj001-0013.wav", "lapel")
                assert program.wait_for("left:")
                assert program.wait_for("right:")
                said = dict(line.split(": ") for line in end(program).splitlines() if ": " in line)
        finally:
            server.kill()
    assert plain_words(said["left"]) == plain_words(SAID)
    assert said["right"] != said["left"]


def test_without_a_microphone_each_says_so_in_a_sentence(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{clipboard_programs(home.folder)}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with ExitStack() as all_at_once:
        programs = [all_at_once.enter_context(example(file.name, home, hears={})) for file in EXAMPLES]
        outcomes = [program.finish() for program in programs]
    assert [outcome.status for outcome in outcomes] == [1] * 6
    for outcome in outcomes:
        assert len(outcome.errors.splitlines()) == 1, outcome.errors
        assert "microphone" in outcome.errors


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_each_says_what_it_does_and_how_to_run_it(file: Path) -> None:
    text = file.read_text()
    assert f"\n    python examples/{file.name}" in text.split('"""')[1]
    assert 20 <= len(text.splitlines()) <= 70
    assert file.name in (ROOT / "examples" / "README.md").read_text()
