"""What cannot be done is refused with one clear sentence and its code; what only looks wrong works."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.end_to_end.command import CLIPS, Home, expect_error

from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.composition.settings import CACHE_VARIABLE

CLIP = CLIPS / "cards-001.wav"
FAST = ("--speed", "max", "--input", CLIP)
EPHEMERAL = ("listen", "--ephemeral", "--json", *FAST)

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_each_file_that_cannot_be_heard_is_named_with_its_reason(home: Home) -> None:
    wave = CLIP.read_bytes()
    contents = {
        "text.wav": b"Dear diary, today I recorded nothing.\n",
        "noise.wav": np.random.default_rng(1).bytes(20_000),
        "picture.wav": PNG,
        "cut.wav": wave[:30],
        "samples.wav": wave[:44],
        "empty.wav": b"",
        "flac.flac": b"fLaC",
    }
    for name, content in contents.items():
        (home.folder / name).write_bytes(content)
    paths = [home.folder / name for name in ("missing.wav", "", *contents)]
    outcome = home.run("transcribe", *paths)
    told = [
        line for line in outcome.errors.splitlines() if line.startswith("Error")
    ]  # a decoder tells notes besides
    assert (outcome.status, outcome.output, len(told)) == (1, "", len(paths)), outcome
    for line, path in zip(told, paths, strict=True):
        code = "audio-file-not-found" if path.name not in contents else "audio-format"
        assert line.startswith(f"Error [{code}]: "), line
        assert str(path) in line


def test_a_file_that_cannot_be_heard_costs_only_itself(home: Home) -> None:
    outcome = home.run("transcribe", "--format", "json", "missing.wav", CLIP)
    (document,) = json.loads(outcome.output)
    assert (outcome.status, document["file"], document["text"]) == (1, str(CLIP), "10 of clubs.")
    assert outcome.errors.startswith("Error [audio-file-not-found]: ")


def test_a_session_without_its_file_never_was(home: Home) -> None:
    database = home.folder / "log.db"
    expect_error(
        home.run("listen", "--json", "--database", database, "--input", "/"), "audio-file-not-found", "/ is"
    )
    assert not database.exists()


def test_every_kind_of_sample_says_the_same(home: Home) -> None:
    samples, rate = soundfile.read(CLIPS / "cards-004.wav", dtype="float64")
    kinds = ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW", "PCM_U8")
    for kind in kinds:
        soundfile.write(home.folder / f"{kind}.wav", samples, rate, subtype=kind)
    outcome = home.run("transcribe", "--format", "json", *(home.folder / f"{kind}.wav" for kind in kinds))
    assert (outcome.status, outcome.errors) == (0, "")
    texts = {document["text"] for document in json.loads(outcome.output)}
    assert len(texts) == 1
    assert texts != {""}


def test_samples_that_are_no_numbers_are_gaps_between_what_is_heard(home: Home) -> None:
    speech, rate = soundfile.read(CLIP, dtype="float32")
    nothing = np.zeros(rate, dtype=np.float32)
    samples = np.concatenate((speech, nothing, nothing, speech, nothing))
    begin, end = len(speech) + rate // 2, len(speech) + rate
    samples[begin:end] = np.nan
    samples[-100:] = np.inf
    path = home.folder / "invalid.wav"
    soundfile.write(path, samples, rate, subtype="FLOAT")

    outcome = home.run("listen", "--ephemeral", "--json", "--speed", "max", "--input", path)
    assert outcome.status == 0, outcome
    log = [json.loads(line) for line in outcome.output.splitlines()]
    texts = [event["data"]["text"] for event in log if event["type"] == "utterance-transcribed"]
    assert [text[:5] for text in texts] == ["10 of"] * 2
    gaps = [event["data"] for event in log if event["type"] == "audio-gap-recorded"]
    assert {gap["reason"] for gap in gaps} == {"invalid-samples"}
    scale = 16_000 / rate
    assert gaps[0]["start_sample"] == pytest.approx(begin * scale, abs=1)
    assert sum(gap["lost_samples"] for gap in gaps) == pytest.approx((end - begin + 100) * scale, abs=3)
    assert log[-1]["data"]["captured_samples"] == pytest.approx(len(samples) * scale, abs=1)


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--model", "tiny.eng"), "unknown-model", ("did you mean", "tiny.en")),
        (("--model", "/"), "unknown-model", ("/",)),
        (("--language", "englsh"), "unknown-language", ("did you mean", "english")),
        (("--language", "xx"), "unknown-language", ("xx",)),
        (("--profile", "vad-trigered"), "profile-not-found", ("Did you mean", "vad-triggered")),
        (("--profile", "../vad-triggered"), "profile-not-found", ("vad-triggered",)),
        (("--wake-word", "hey_mycrft"), "unknown-wake-word", ("Did you mean", "hey_mycroft")),
    ],
)
def test_what_is_not_known_is_refused_with_what_is_near(
    home: Home, options: tuple[str, ...], code: str, words: tuple[str, ...]
) -> None:
    expect_error(home.run(*EPHEMERAL, *options), code, *words)


def test_a_microphone_that_is_not_there_is_refused(home: Home) -> None:
    database = home.folder / "log.db"
    outcome = home.run("listen", "--json", "--device", "no such microphone", "--database", database)
    expect_error(outcome, "audio-device-not-found")
    assert not database.exists(), "none is made for what cannot be heard"


@pytest.mark.parametrize("arguments", [("devices",), ("listen", "--ephemeral", "--device", "1")])
def test_without_portaudio_microphones_are_refused_with_the_remedy(home: Home, arguments: tuple[str, ...]) -> None:
    """As the package sounddevice says it when the system has no such library."""
    (home.folder / "sounddevice.py").write_text('raise OSError("PortAudio library not found")\n')
    path = f"{home.folder}:{home.environment['PYTHONPATH']}"
    expect_error(home.run(*arguments, environment={"PYTHONPATH": path}), "audio-source", "PortAudio")


@pytest.mark.parametrize("command", ["listen", "transcribe"])
def test_a_cache_that_cannot_be_written_is_an_error(home: Home, command: str) -> None:
    (home.folder / "file").touch()
    arguments = EPHEMERAL if command == "listen" else ("transcribe", CLIP)
    outcome = home.run(*arguments, environment={CACHE_VARIABLE: str(home.folder / "file" / "cache")})
    expect_error(outcome, "model-cache", CACHE_VARIABLE)


def whole(path: Path) -> None:
    SqliteEventStore(path).close()


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE recipes (name TEXT)")
        database.commit()


def newer(path: Path) -> None:
    whole(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 1000")
        database.commit()


def text(path: Path) -> None:
    path.write_text("Dear diary, this is no database.\n" * 100)


def damaged(path: Path) -> None:
    whole(path)
    content = bytearray(path.read_bytes())
    content[100:2000] = b"\xa5" * 1900
    path.write_bytes(content)


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Nothing may read the file in this process meanwhile: closing it would give the lock up."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        yield


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (foreign, "event-store-corrupt"),
        (text, "event-store-corrupt"),
        (damaged, "event-store-corrupt"),
        (newer, "event-store-version"),
    ],
)
def test_a_database_that_cannot_be_used_is_left_as_it_is(
    home: Home, make: Callable[[Path], None], code: str
) -> None:
    path = home.folder / "log.db"
    make(path)
    before = path.read_bytes()
    expect_error(home.run("listen", "--json", "--database", path, *FAST), code, str(path))
    assert path.read_bytes() == before
    assert [each.name for each in home.folder.iterdir()] == ["log.db"]


def test_a_database_that_nobody_may_read_now_is_left_as_it_is(home: Home) -> None:
    path = home.folder / "log.db"
    whole(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = DELETE")  # with a write-ahead log a lock keeps nobody from reading
    before = path.read_bytes()
    with lock(path):
        outcome = home.run("listen", "--json", "--database", path, *FAST)
    expect_error(outcome, "event-store-busy", str(path))
    assert path.read_bytes() == before


def test_a_database_that_nobody_may_write_now_is_an_event(home: Home) -> None:
    path = home.folder / "log.db"
    whole(path)
    with lock(path):
        outcome = home.run("listen", "--json", "--database", path, *FAST)
    assert outcome.status == 0, outcome
    log = [json.loads(line) for line in outcome.output.splitlines()]
    assert [event["type"] for event in log[:2]] == ["session-started", "service-degraded"]
    assert log[1]["data"]["code"] == "event-store-busy"
    assert [event["data"]["text"] for event in log if event["type"] == "utterance-transcribed"] == ["10 of clubs."]


def test_a_database_where_none_can_be_is_an_error(home: Home) -> None:
    (home.folder / "file").touch()
    for path in (home.folder, home.folder / "file" / "log.db"):
        outcome = home.run("listen", "--json", "--database", path, *FAST)
        expect_error(outcome, "event-store", str(path), "--database")


def test_a_full_disk_is_an_event_and_what_is_said_goes_on_being_shown(home: Home) -> None:
    """The limit on a file's size stands for the disk's: the write-ahead log soon cannot grow any more.

    Of a limit SQLite only says that it could not write, of a full disk also why.
    """
    database = home.folder / "log.db"
    joined = home.folder / "joined.wav"
    samples, rate = soundfile.read(CLIP, dtype="float32")
    soundfile.write(joined, np.tile(np.concatenate((samples, np.zeros(rate, dtype=np.float32))), 2), rate)
    outcome = home.run(
        *("listen", "--json", "--database", database, "--speed", "max", "--input", joined),
        launcher=("bash", "-c", 'ulimit -f 40; exec "$@"', "bash"),
    )
    assert outcome.status == 0, outcome
    assert "Traceback" not in outcome.errors
    log = [json.loads(line) for line in outcome.output.splitlines()]
    texts = [event["data"]["text"] for event in log if event["type"] == "utterance-transcribed"]
    assert [text[:5] for text in texts] == ["10 of"] * 2
    (degraded,) = [event["data"] for event in log if event["type"] == "service-degraded"]
    assert (degraded["part"], degraded["code"]) in (
        ("event-store", "event-store"),
        ("event-store", "event-store-full"),
    )
    assert log[-1]["type"] == "session-stopped"
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1))

    kept = home.run("sessions", "export", "last", "--format", "events", "--database", database)
    stored = [json.loads(line) for line in kept.output.splitlines()]
    assert 0 < len(stored) < len(log)
    assert [event["seq"] for event in stored] == list(range(1, len(stored) + 1))
    assert stored[-1]["type"] == "session-interrupted"
    assert [event["data"] for event in stored[:-1]] == [event["data"] for event in log[: len(stored) - 1]]


def test_a_result_that_cannot_be_written_is_an_error(home: Home) -> None:
    (home.folder / "file").touch()
    output = home.folder / "file" / "result.txt"
    expect_error(home.run("transcribe", CLIP, "--output", output), "output", str(output))
