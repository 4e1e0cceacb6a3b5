"""Profiles are shown, saved and deleted from the command line."""

import json
from pathlib import Path

import pytest
from tests.adapters.cli.command_rig import CommandRig
from tests.adapters.cli.conftest import RunCommand

Printed = pytest.CaptureFixture[str]


@pytest.mark.parametrize("arguments", [["profiles"], ["profiles", "list"]])
def test_built_in_profiles_and_the_user_s_own_are_listed(
    rig: CommandRig, stt: RunCommand, capsys: Printed, arguments: list[str]
) -> None:
    rig.orchestrator.profiles.save("dictation", {"description": "For letters"})
    assert stt(*arguments) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1] == ["dictation", "yours", "For", "letters"]
    assert [line[:3] for line in lines[2:]] == [["vad-triggered", "built", "in"], ["wake-word", "built", "in"]]


def test_a_saved_profile_has_the_changes_that_were_asked_for(
    rig: CommandRig, stt: RunCommand, capsys: Printed
) -> None:
    changes = ("transcription.language=en", "vad.sensitivity=0.8", "vad.parameters.silero_threshold=0.4")
    options = [option for change in changes for option in ("--set", change)]
    assert stt("profiles", "save", "dictation", "--base", "wake-word", *options) == 0
    assert "stt listen --profile dictation" in capsys.readouterr().out
    assert stt("profiles", "show", "dictation") == 0
    profile = json.loads(capsys.readouterr().out)
    assert profile["transcription"] == {"auto_start": False, "language": "en"}
    assert profile["vad"]["sensitivity"] == 0.8
    assert profile["vad"]["parameters"]["silero_threshold"] == 0.4
    assert profile["vad"]["parameters"]["frame_duration_ms"] == 30
    assert profile["wake_word"]["words"] == ["jarvis"]
    assert rig.orchestrator.configure_profile("dictation").settings.transcription.language == "en"


def test_a_profile_can_come_from_a_file(stt: RunCommand, capsys: Printed, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text('{"vad": {"sensitivity": 0.2}}')
    assert stt("profiles", "save", "mine", "--file", str(file)) == 0
    capsys.readouterr()
    assert stt("profiles", "show", "mine") == 0
    assert json.loads(capsys.readouterr().out) == {"vad": {"sensitivity": 0.2}}


@pytest.mark.parametrize("content", ["not JSON", "[1, 2]", None])
def test_a_file_without_a_profile_is_refused(
    stt: RunCommand, capsys: Printed, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "mine.json"
    if content is not None:
        file.write_text(content)
    assert stt("profiles", "save", "mine", "--file", str(file)) == 1
    told = capsys.readouterr().err
    assert told.startswith("Error [invalid-setting]: ")
    assert "Errno" not in told
    assert stt("profiles", "show", "mine") == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["save", "mine", "--set", "vad.sensitivity=9"], "invalid-setting"),
        (["save", "mine", "--set", "vad.sensitivty=0.5"], "invalid-setting"),
        (["save", "mine", "--set", "sensitivity"], "invalid-setting"),
        (["save", "../mine"], "profile-name"),
        (["save", "wake-word"], "profile-name"),
        (["save", "mine", "--base", "unheard-of"], "profile-not-found"),
        (["delete", "wake-word"], "profile-name"),
        (["delete", "unheard-of"], "profile-not-found"),
        (["show", "wake-wrd"], "profile-not-found"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(
    stt: RunCommand, capsys: Printed, arguments: list[str], code: str
) -> None:
    assert stt("profiles", *arguments) == 1
    assert capsys.readouterr().err.startswith(f"Error [{code}]: ")


def test_a_deleted_profile_is_gone(stt: RunCommand, capsys: Printed) -> None:
    assert stt("profiles", "save", "mine") == 0
    assert stt("profiles", "delete", "mine") == 0
    assert capsys.readouterr().out.endswith("Deleted mine.\n")
    assert stt("profiles", "show", "mine") == 1
