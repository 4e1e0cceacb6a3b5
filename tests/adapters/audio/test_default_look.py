"""A look is a process of its own: it is never waited for, and never left behind."""

import os
import time
from pathlib import Path

import pytest

from realtime_mlx_stt.adapters.audio.microphone.default_look import OutsideLook


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Where an interpreter is to be written, which may be any program."""
    return tmp_path / "python3"


def look(python: Path, program: str) -> OutsideLook:
    python.write_text(f"#!/bin/sh\n{program}\n")
    python.chmod(0o700)
    return OutsideLook(Path("/sounddevice"), str(python))


def known(look: OutsideLook) -> str:
    deadline = time.monotonic() + 60.0
    while look.name is None:
        assert time.monotonic() < deadline, "nothing was seen"
    return look.name


def test_the_default_is_known_once_the_process_has_said_it(python: Path) -> None:
    looking = look(python, "printf 'AirPods von J\\303\\274rgen'")
    assert known(looking) == "AirPods von Jürgen"
    assert looking.name == "AirPods von Jürgen"
    looking.close()
    looking.close()


def test_the_process_is_told_where_sounddevice_is_and_disturbed_by_no_setting(python: Path) -> None:
    looking = look(python, 'printf "%s " "$1" "$2" "$3" "$4" "$6"')
    assert known(looking) == "-I -X utf8 -c /sounddevice "
    looking.close()


@pytest.mark.parametrize("program", ["exit 1", "printf Yeti; exit 1", "exit 0", "kill -9 $$"])
def test_a_process_that_fails_has_seen_nothing(python: Path, program: str) -> None:
    looking = look(python, program)
    assert looking._process is not None
    looking._process.wait(60.0)
    assert looking.name is None
    looking.close()


def test_one_that_hangs_is_ended(python: Path) -> None:
    looking = look(python, "exec sleep 600")
    assert looking.name is None
    process = looking._process
    looking.close()
    assert process is not None
    assert process.returncode == -9
    assert looking.name is None


@pytest.mark.parametrize("executable", [None, "", "/Applications/Dictation", "/usr/bin/uwsgi", "/nowhere/python3"])
def test_where_there_is_no_python_nothing_is_ever_seen(executable: str | None) -> None:
    looking = OutsideLook(Path("/sounddevice"), executable)
    assert looking.name is None
    looking.close()


def test_looks_leave_neither_files_nor_processes(python: Path) -> None:
    before = len(os.listdir("/dev/fd"))
    for _ in range(20):
        looking = look(python, "printf Yeti")
        known(looking)
        looking.close()
    assert len(os.listdir("/dev/fd")) == before
