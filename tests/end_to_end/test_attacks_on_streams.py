"""Whatever is done to the streams, the home and the language of its user, ``stt`` works or says what is wrong."""

import json
import sys
from pathlib import Path

import pytest
from tests.end_to_end.command import CLIPS, Home, Outcome, expect_error

from realtime_mlx_stt.domain.printable_text import printable

CLIP = CLIPS / "cards-001.wav"
TEXT = "of clubs."
HEARD = ("listen", "--ephemeral", "--speed", "max", "--input", CLIP)
POOR = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii", "COLUMNS": "20"}
"""The surroundings of a terminal of long ago."""

ODD_NAME = {"linux": "cl\udcffp"}.get(sys.platform, "cl\ufffdp")
"""On macOS every name is text."""


def shell(redirection: str) -> tuple[str, ...]:
    """Starts a program with its streams redirected."""
    return ("sh", "-c", f'exec {redirection}; exec "$@"', "sh")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def expect_quiet(outcome: Outcome, status: int = 0) -> None:
    assert outcome.status == status, outcome
    assert "Traceback" not in outcome.errors + outcome.output, outcome
    assert "Error" not in outcome.errors, outcome


def test_a_reader_that_leaves_ends_a_long_session_quietly(home: Home) -> None:
    """The clip alone takes 11 s in real time; the session ends with the first event that nobody takes."""
    outcome = home.run(
        *("listen", "--json", "--database", home.folder / "log.db", "--input", CLIPS / "jfk.wav"),
        launcher=("sh", "-c", '{ "$@"; echo $? >&2; } | head -1', "sh"),
    )
    assert json.loads(outcome.output)["type"] == "session-started"
    assert outcome.errors == "1\n"
    assert "stopped" in home.run("sessions", "--database", home.folder / "log.db").output


@pytest.mark.parametrize("arguments", [("models",), ("profiles",), ("sessions",), ("--help",)])
def test_a_reader_that_leaves_a_list_hears_no_complaint(home: Home, arguments: tuple[str, ...]) -> None:
    outcome = home.run(*arguments, launcher=("sh", "-c", '"$@" | true', "sh"))
    assert (outcome.status, outcome.output, outcome.errors) == (0, "", "")


@pytest.mark.parametrize("arguments", [("--help",), ("models",), (*HEARD, "--json"), HEARD, ("transcribe", CLIP)])
def test_output_that_cannot_be_written_is_an_error(home: Home, arguments: tuple[str | Path, ...]) -> None:
    full = ">/dev/full" if Path("/dev/full").exists() else f">{home.folder / 'full'}; ulimit -f 0"
    expect_error(home.run(*arguments, launcher=shell(full)), "output", "The output cannot be written")


def test_errors_that_cannot_be_written_change_nothing(home: Home) -> None:
    outcome = home.run("transcribe", "missing.wav", launcher=shell("2>&-"))
    assert (outcome.status, outcome.output, outcome.errors) == (1, "", "")


def test_a_program_without_streams_hears_and_stores(home: Home) -> None:
    """The place of a closed stream must not be taken by the model's file, nor by the database."""
    database = home.folder / "log.db"
    outcome = home.run(
        *("listen", "--database", database, "--speed", "max", "--input", CLIP), launcher=shell("<&- >&- 2>&-")
    )
    assert (outcome.status, outcome.output, outcome.errors) == (0, "", "")
    assert TEXT in home.run("sessions", "--database", database).output


def test_a_file_whose_name_is_no_text_is_heard_and_stored(home: Home) -> None:
    name = home.folder / f"{ODD_NAME}.wav"
    name.write_bytes(CLIP.read_bytes())
    database = home.folder / "log.db"
    outcome = home.run("listen", "--json", "--database", database, "--speed", "max", "--input", name)
    expect_quiet(outcome)
    events = [json.loads(line) for line in outcome.output.splitlines()]
    assert events[0]["data"]["source"] == printable(name.name)
    assert [event["type"] for event in events if event["type"].startswith("service")] == []
    assert home.run("sessions", "export", "last", "--format", "events", "--database", database).output == (
        outcome.output
    )


def test_a_missing_file_whose_name_is_no_text_is_an_error(home: Home) -> None:
    expect_error(home.run("transcribe", home.folder / f"{ODD_NAME}.wav"), "audio-file-not-found", "p.wav")


def test_a_damaged_file_whose_name_is_no_text_fails_its_session(home: Home) -> None:
    name = home.folder / f"{ODD_NAME}.flac"
    name.write_bytes(b"fLaC")
    expect_error(home.run("transcribe", name), "audio-format", "p.flac")


def test_a_home_and_a_terminal_of_long_ago_are_enough(home: Home) -> None:
    clip = home.folder / "ähm.wav"
    clip.write_bytes(CLIP.read_bytes())
    environment = POOR | {"HOME": None}
    outcome = home.run("listen", "--ephemeral", "--speed", "max", "--input", clip, environment=environment)
    expect_quiet(outcome)
    assert TEXT in outcome.output
    assert "hm.wav with" in outcome.output


def test_json_stays_whole_where_a_terminal_shows_only_ascii(home: Home) -> None:
    clip = home.folder / "ähm.wav"
    clip.write_bytes(CLIP.read_bytes())
    outcome = home.run("listen", "--ephemeral", "--json", "--speed", "max", "--input", clip, environment=POOR)
    expect_quiet(outcome)
    assert json.loads(outcome.output.splitlines()[0])["data"]["source"] == "ähm.wav"


def test_a_live_display_is_drawn_where_a_terminal_shows_only_ascii(home: Home) -> None:
    terminal = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    outcome = home.run(*HEARD, environment=POOR, launcher=(sys.executable, "-c", terminal))
    expect_quiet(outcome)
    assert "Listening to" in outcome.output
    assert "Error" not in outcome.output


def test_a_home_that_cannot_be_written_is_an_error_only_where_it_is_needed(home: Home) -> None:
    (home.folder / "file").touch()
    nowhere = Home(home.folder / "file")
    expect_error(nowhere.run("listen", "--input", CLIP), "event-store", "--database", "--ephemeral")
    expect_error(nowhere.run("profiles", "save", "mine"), "profile-store", "mine")
    outcome = nowhere.run(*HEARD)
    expect_quiet(outcome)
    assert TEXT in outcome.output
    assert outcome.errors == ""


def test_the_home_holds_nothing_but_the_log(home: Home) -> None:
    outcome = home.run(
        "listen", "--speed", "max", "--wake-word", "alexa", "--input", CLIP, environment={"CI": None}
    )
    expect_quiet(outcome)
    files = {path.name for path in home.folder.rglob("*") if path.is_file()}
    assert files == {"sessions.db"}
