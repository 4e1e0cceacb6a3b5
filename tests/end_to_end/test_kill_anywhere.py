"""``kill -9`` at any moment: what was printed is stored, the log has no hole, the next start closes the session."""

import json
import signal
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from tests.end_to_end.command import CLIPS, Home, Running

from realtime_mlx_stt.adapters.event_store.sqlite import SqliteEventStore
from realtime_mlx_stt.application.log.codec import envelope
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.event_store import StoredEvent

RATE = 16_000
FINISHED = (e.UtteranceTranscribed, e.UtteranceRejected, e.TranscriptionFailed)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When to kill: so long after so many lines were printed."""

    lines: int
    seconds: float = 0.0


START_UP = [Moment(lines=0, seconds=seconds) for seconds in (0.1, 0.5, 0.9, 1.3)]
SESSION = [
    *(Moment(lines=lines) for lines in (1, 2, 3, 4, 5, 7, 9)),
    Moment(lines=1, seconds=0.15),
    Moment(lines=4, seconds=0.02),
    Moment(lines=5, seconds=0.1),
]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def joined(tmp_path: Path) -> Path:
    """Three short clips with 0.7 s of silence between them."""
    pieces = []
    for name in ("cards-001", "cards-004", "cards-003"):
        samples, rate = soundfile.read(CLIPS / f"{name}.wav", dtype="float32")
        assert rate == RATE
        pieces += [samples, np.zeros(round(0.7 * RATE), dtype=np.float32)]
    soundfile.write(tmp_path / "joined.wav", np.concatenate(pieces), RATE)
    return tmp_path / "joined.wav"


@contextmanager
def opened(database: Path) -> Iterator[SqliteEventStore]:
    with closing(SqliteEventStore(database)) as store:
        yield store


def let_pass(running: Running, seconds: float) -> None:
    """Wait so long, or until it is over."""
    try:
        running.process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def kill(home: Home, arguments: Sequence[str | Path], moment: Moment) -> list[str]:
    """Start, kill at the moment, and return the whole lines that were printed."""
    with home.start(*arguments) as running:
        running.wait_for_lines(moment.lines)
        let_pass(running, moment.seconds)
        running.send(signal.SIGKILL)
        outcome = running.finish()
    return [line for line in outcome.output.splitlines(keepends=True) if line.endswith("\n")]


def expect_interrupted(log: Sequence[StoredEvent]) -> None:
    """The log has no hole, ends as interrupted or orderly, and names the utterances that were lost."""
    assert [stored.seq for stored in log] == list(range(1, len(log) + 1))
    events = [stored.event for stored in log]
    assert isinstance(events[0], e.SessionStarted)
    last = events[-1]
    if isinstance(last, e.SessionStopped):
        return
    assert isinstance(last, e.SessionInterrupted)
    begun = {event.utterance_id for event in events if isinstance(event, e.SpeechStarted)}
    done = {event.utterance_id for event in events if isinstance(event, FINISHED)}
    assert set(last.lost_utterances) == begun - done


def test_what_was_printed_survives_a_kill_at_any_moment(home: Home, joined: Path) -> None:
    """All on one database and two at a time, so that every start also finds what others left or still run."""
    database = home.folder / "log.db"
    arguments = ("listen", "--json", "--database", database, "--speed", "4", "--input", joined)
    with ThreadPoolExecutor(2) as pool:
        printed = list(pool.map(lambda moment: kill(home, arguments, moment), SESSION))

    with opened(database) as store:
        for lines in printed:
            told: list[dict[str, Any]] = [json.loads(line) for line in lines]
            log = tuple(store.read(SessionId(told[0]["session_id"])))
            assert [envelope(stored) for stored in log[: len(told)]] == told

    assert home.run("sessions", "--database", database).status == 0
    with opened(database) as store:
        summaries = store.sessions()
        assert len(summaries) == len(SESSION)
        for summary in summaries:
            expect_interrupted(tuple(store.read(summary.session_id)))
        assert sum(summary.last_type == e.SessionInterrupted.type for summary in summaries) >= len(SESSION) - 2


def test_a_kill_while_it_starts_leaves_a_database_that_opens(home: Home, joined: Path) -> None:
    database = home.folder / "log.db"
    arguments = ("listen", "--json", "--database", database, "--speed", "4", "--input", joined)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda moment: kill(home, arguments, moment), START_UP))
    is_made = database.exists()  # on a busy machine none of them has come so far
    assert home.run("sessions", "--database", database).status == int(not is_made)
    with opened(database) as store:
        for summary in store.sessions():
            expect_interrupted(tuple(store.read(summary.session_id)))


def test_a_final_text_that_a_person_saw_survives(home: Home, joined: Path) -> None:
    """Two lines: the greeting, and the first final text."""
    database = home.folder / "log.db"
    arguments = ("listen", "--database", database, "--speed", "4", "--input", joined)
    lines = kill(home, arguments, Moment(lines=2))
    seen = [line.split(maxsplit=1)[1].strip() for line in lines[1:]]
    assert seen
    shown = home.run("sessions", "export", "last", "--database", database)
    assert shown.output.splitlines()[: len(seen)] == seen
    assert "interrupted" in home.run("sessions", "--database", database).output


def test_a_session_that_runs_elsewhere_is_left_alone(home: Home) -> None:
    """Two sessions at once on one database, looked at by a third program; then both are stopped."""
    database = home.folder / "log.db"
    arguments = ("listen", "--json", "--database", database, "--input", CLIPS / "jfk.wav")
    with home.start(*arguments) as one, home.start(*arguments) as other:
        assert one.wait_for("speech-started")
        assert other.wait_for("speech-started")
        assert "interrupted" not in home.run("sessions", "--database", database).output
        one.send(signal.SIGINT)
        other.send(signal.SIGTERM)
        outcomes = [running.finish() for running in (one, other)]
    for outcome in outcomes:
        assert outcome.status == 0, outcome
        log = [json.loads(line) for line in outcome.output.splitlines()]
        assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
        assert log[-1]["type"] == "session-stopped"
        assert "utterance-transcribed" in [event["type"] for event in log]
    with opened(database) as store:
        assert [summary.last_type for summary in store.sessions()] == ["session-stopped"] * 2
    assert list((home.folder / "log.db.running").iterdir()) == []


def test_a_closed_terminal_stops_the_session(home: Home) -> None:
    database = home.folder / "log.db"
    with home.start("listen", "--json", "--database", database, "--input", CLIPS / "jfk.wav") as running:
        assert running.wait_for("speech-started")
        running.send(signal.SIGHUP)
        outcome = running.finish()
    assert outcome.status == 0, outcome
    assert json.loads(outcome.output.splitlines()[-1])["data"]["reason"] == "requested"


def test_a_second_interrupt_ends_it_at_once(home: Home) -> None:
    with home.start("listen", "--json", "--ephemeral", "--input", CLIPS / "jfk.wav") as running:
        assert running.wait_for("speech-started")
        for _ in range(2):
            running.send(signal.SIGINT)
            let_pass(running, 0.05)
        outcome = running.finish()
    assert outcome.status in (0, 130, -signal.SIGINT), outcome  # the second may come when all is printed
    assert "Traceback" not in outcome.errors
    assert json.loads(outcome.output.splitlines()[-1])["type"] == "session-stopped"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("seconds", [0.4, 0.9, 1.4])
def test_a_signal_while_it_starts_ends_it_without_a_word_too_many(
    home: Home, number: signal.Signals, seconds: float
) -> None:
    """Before it listens it ends as any program does; of what it had just begun it finishes what there is."""
    with home.start("listen", "--ephemeral", "--input", CLIPS / "jfk.wav") as running:
        let_pass(running, seconds)
        running.send(number)
        outcome = running.finish()
    # Where a native module was being imported, Python ends itself as by SIGINT, whatever asked for it.
    assert outcome.status in (130, -number, -signal.SIGINT, 0), outcome
    assert "Traceback" not in outcome.errors, outcome
    assert "Error" not in outcome.errors, outcome


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_transcription_that_is_told_to_end_ends_its_list(home: Home, number: signal.Signals) -> None:
    with home.start("transcribe", "--format", "json", *[CLIPS / "jfk.wav"] * 9) as running:
        assert running.wait_for('"text"')
        running.send(number)
        outcome = running.finish()
    assert (outcome.status, outcome.errors.strip()) == (130, "Interrupted.")
    assert 1 <= len(json.loads(outcome.output)) < 9


@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupted_transcription_prints_no_half_of_a_result(home: Home, times: int) -> None:
    with home.start("transcribe", "--format", "json", *[CLIPS / "jfk.wav"] * 9) as running:
        let_pass(running, 2.0)
        for _ in range(times):
            running.send(signal.SIGINT)
            let_pass(running, 0.05)
        outcome = running.finish()
    assert outcome.status in (130, -signal.SIGINT), outcome
    documents = json.loads(outcome.output or "[]")
    assert len(documents) < 9
    assert all(document["text"] for document in documents)
    assert "Traceback" not in outcome.errors, outcome
