"""Sessions of the log are listed, shown, exported, replayed, written again and deleted."""

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.adapters.cli.command_rig import CommandRig
from tests.adapters.cli.conftest import RunCommand
from tests.application.rig import WITHOUT_PARTIALS, Rig, silence
from tests.application.stand_ins import FallibleStore
from tests.application.stories import began, started
from tests.fakes.speech_to_text import spoken

from realtime_mlx_stt.adapters.cli.command_line import run
from realtime_mlx_stt.application.log.codec import UndecodableEventError
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import SessionId, UtteranceId
from realtime_mlx_stt.ports.event_store import StoredEvent

Printed = pytest.CaptureFixture[str]


def heard(rig: Rig, *, record_audio: bool = False) -> SessionId:
    """A finished session of two utterances and a click."""
    session_id, _ = rig.start(replace(WITHOUT_PARTIALS, lockstep=True, record_audio=record_audio))
    click = np.full(1600, 0.001, dtype=np.float32)
    rig.source.hear(np.concatenate((spoken(1, 2), silence(1), click, silence(1), spoken(3))))
    rig.finish(session_id)
    return session_id


def test_every_session_is_a_line(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    heard(rig.rig)
    assert stt("sessions") == 0
    line = capsys.readouterr().out.splitlines()[1].split()
    assert line[0] == "session-0001"
    assert line[3:] == ["0:03.2", "stopped", "word1", "word2", "word3"]


def test_a_session_without_its_end_is_open(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    rig.store.append(SessionId("running"), 0, (e.ListeningPaused(at_sample=0),), 1.0)
    assert stt("sessions") == 0
    assert capsys.readouterr().out.splitlines()[1].split()[3:] == ["0:00.0", "open"]


HYPOTHESES_OFF = e.ServiceDegraded(part="hypotheses", code="hypotheses-off", message="Final texts alone.")
HYPOTHESES_BACK = e.ServiceRestored(part="hypotheses")


def test_a_running_session_says_in_the_list_what_it_leaves_out(
    rig: CommandRig, stt: RunCommand, capsys: Printed
) -> None:
    session = SessionId("running")
    rig.store.append(session, 0, (began(), HYPOTHESES_OFF), 1.0)
    assert stt("sessions") == 0
    assert "open, hypotheses-off" in capsys.readouterr().out
    rig.store.append(session, 2, (HYPOTHESES_BACK,), 2.0)
    assert stt("sessions") == 0
    assert capsys.readouterr().out.splitlines()[1].split()[3:] == ["0:00.0", "open"]


def test_a_session_is_shown_with_what_it_left_out_and_for_how_long(
    rig: CommandRig, stt: RunCommand, capsys: Printed
) -> None:
    session = SessionId("running")
    rig.store.append(session, 0, (began(), HYPOTHESES_OFF), 100.0)
    rig.store.append(session, 2, (HYPOTHESES_BACK,), 112.5)
    rig.store.append(session, 3, (HYPOTHESES_OFF,), 120.0)
    assert stt("sessions", "show", "running") == 0
    told = [line.split()[2:] for line in capsys.readouterr().out.splitlines() if "[hypotheses-off]" in line]
    assert told == [
        ["12.5", "s", "Final", "texts", "alone.", "[hypotheses-off]"],
        ["until", "now", "Final", "texts", "alone.", "[hypotheses-off]"],
    ]


class PartlyUnreadableStore(FallibleStore):
    """Holds a session whose events this program does not know."""

    unreadable: SessionId | None = None

    def read(self, session_id: SessionId, after_seq: int = 0) -> Iterator[StoredEvent]:
        if session_id == self.unreadable:
            raise UndecodableEventError("No such event here.")
        return super().read(session_id, after_seq)


def test_a_session_that_cannot_be_read_hides_no_other(capsys: Printed) -> None:
    store = PartlyUnreadableStore()
    rig = CommandRig(rig=Rig(store=store))
    first, second = heard(rig.rig), heard(rig.rig)
    store.unreadable = first
    assert run(["sessions"], rig.open) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [first, second]
    assert lines[1].endswith("stopped  No such event here. [event-undecodable]")
    assert lines[2].endswith("word1 word2 word3")
    rig.orchestrator.close()


def test_a_list_in_a_pipe_has_no_blanks_at_its_ends(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    heard(rig.rig)
    for arguments in (("sessions",), ("sessions", "show", "last"), ("models",), ("profiles",)):
        assert stt(*arguments) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line for line in lines if line != line.rstrip()] == []


def test_an_empty_log_says_how_to_begin(stt: RunCommand, capsys: Printed) -> None:
    assert stt("sessions", "list") == 0
    assert "`stt listen` begins one" in capsys.readouterr().out
    assert stt("sessions", "show", "last") == 1
    assert capsys.readouterr().err.startswith("Error [session-not-found]: ")


@pytest.mark.parametrize("wanted", ["session-0001", "sess", "last"])
def test_a_session_is_shown_with_what_was_rejected(
    rig: CommandRig, stt: RunCommand, capsys: Printed, wanted: str
) -> None:
    heard(rig.rig)
    assert stt("sessions", "show", wanted) == 0
    shown = capsys.readouterr().out
    assert "word1 word2" in shown
    assert "rejected (too-little-speech)" in shown
    assert "3.15 s captured = " in shown


def test_a_session_is_shown_with_its_model_and_what_that_was_told(
    rig: CommandRig, stt: RunCommand, capsys: Printed
) -> None:
    options = ("--glossary", "Aoife, Dashwood", "--prompt", "They went\nhome.", "--language", "en")
    rig.rig.sources.files[Path("one.wav")] = spoken(1)
    assert stt("listen", "--input", "one.wav", "--speed", "max", *options) == 0
    capsys.readouterr()
    assert stt("sessions", "show", "last") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        "one.wav, stopped",
        "tiny.en writes; language en; glossary Aoife, Dashwood; prompt 'They went home.'",
    ]


def test_what_a_lost_utterance_seemed_to_say_is_shown(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    heard_until = e.HypothesisRevised(
        utterance_id=UtteranceId(1), revision=1, stable_text="ask", unstable_text=" not", heard_until_sample=8000
    )
    lost = e.SessionInterrupted(lost_utterances=(UtteranceId(1),))
    rig.rig.store.append(SessionId("lost"), 0, (began(), started(1, 0), heard_until, lost), 0.0)
    assert stt("sessions", "show", "lost") == 0
    shown = capsys.readouterr().out
    assert "[session-interrupted]" in shown
    assert "It seemed to say: ask not" in shown


def test_an_id_must_mean_one_session(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    heard(rig.rig)
    heard(rig.rig)
    assert stt("sessions", "show", "session") == 1
    assert "2 sessions begin with 'session'" in capsys.readouterr().err
    assert stt("sessions", "show", "x") == 1
    assert "No session begins with 'x'" in capsys.readouterr().err
    assert stt("sessions", "show", "") == 1
    assert "No session begins with ''" in capsys.readouterr().err


def test_a_session_is_exported_in_every_format(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    session_id = heard(rig.rig)
    beginnings = {"txt": "word1 word2\n", "json": '{\n  "file"', "srt": "1\n00:00:0", "vtt": "WEBVTT\n"}
    for format_name, beginning in beginnings.items():
        assert stt("sessions", "export", session_id, "--format", format_name) == 0
        assert capsys.readouterr().out.startswith(beginning)


def test_the_events_are_exported_as_they_were_published(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    session_id = heard(rig.rig)
    assert stt("sessions", "export", session_id, "--format", "events") == 0
    envelopes = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [envelope["seq"] for envelope in envelopes] == list(range(1, len(envelopes) + 1))
    assert (envelopes[0]["type"], envelopes[-1]["type"]) == ("session-started", "session-stopped")


def test_a_log_is_replayed_without_its_audio(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    session_id = heard(rig.rig)
    assert stt("sessions", "replay", session_id) == 0
    shown = capsys.readouterr().out
    assert f"The log of {session_id} is sound" in shown
    assert "stt listen --record-audio" in shown


def test_a_recording_is_heard_again_and_compared(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    session_id = heard(rig.rig, record_audio=True)
    assert stt("sessions", "replay", session_id) == 0
    assert "its 3 utterances come out the same" in capsys.readouterr().out


def test_a_recording_that_comes_out_otherwise_is_a_failure(
    rig: CommandRig, stt: RunCommand, capsys: Printed
) -> None:
    session_id = heard(rig.rig, record_audio=True)
    recording = rig.rig.recordings.path(session_id)
    audio = rig.rig.sources.files[recording]
    rig.rig.recordings.made[session_id].parts = [np.where(np.isclose(audio, 0.003), np.float32(0.007), audio)]
    assert stt("sessions", "replay", session_id) == 1
    shown = capsys.readouterr().out
    assert "utterance-transcribed: word3" in shown
    assert "utterance-transcribed: word7" in shown


def test_what_an_interruption_cost_is_told_when_it_is_heard_again(
    rig: CommandRig, stt: RunCommand, capsys: Printed
) -> None:
    session_id = heard(rig.rig, record_audio=True)
    log = list(rig.store.read(session_id))
    end = next(number for number, each in enumerate(log) if isinstance(each.event, e.UtteranceTranscribed))
    crashed = SessionId("crashed")
    events = (*(each.event for each in log[:end]), e.SessionInterrupted(lost_utterances=(UtteranceId(1),)))
    rig.rig.store.append(crashed, 0, events, 0.0)
    rig.rig.recordings.made[crashed] = rig.rig.recordings.made[session_id]
    assert stt("sessions", "replay", "crashed") == 0
    assert "Lost by the interruption, and heard now: word1 word2" in capsys.readouterr().out


class Terminal(io.StringIO):
    """A terminal at which somebody has typed this."""

    def isatty(self) -> bool:
        return True


def listed(rig: CommandRig) -> list[str]:
    return [summary.session_id for summary in rig.store.sessions()]


@pytest.mark.parametrize("typed", ["y\n", "yes\n"])
def test_a_session_is_deleted_when_it_was_shown_and_the_user_is_sure(
    rig: CommandRig, stt: RunCommand, capsys: Printed, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    kept, deleted = heard(rig.rig), heard(rig.rig, record_audio=True)
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    assert stt("sessions", "delete", "last") == 0
    printed = capsys.readouterr()
    assert printed.out == f"Deleted {deleted}.\n"
    assert deleted in printed.err
    assert "word1 word2 word3" in printed.err
    assert "Delete this session for good, with what was recorded? [y/N]: " in printed.err
    assert listed(rig) == [kept]
    assert rig.rig.recordings.made == {}


@pytest.mark.parametrize("typed", ["n\n", "\n"])
def test_whoever_is_not_sure_deletes_nothing(
    rig: CommandRig, stt: RunCommand, capsys: Printed, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    sessions = [heard(rig.rig), heard(rig.rig)]
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    assert stt("sessions", "delete", *sessions) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Delete these 2 sessions for good" in printed.err
    assert printed.err.endswith("Nothing was deleted.\n")
    assert listed(rig) == sessions


def test_where_nobody_can_be_asked_the_user_must_have_said_yes(
    rig: CommandRig, stt: RunCommand, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = heard(rig.rig), heard(rig.rig), heard(rig.rig)
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert stt("sessions", "delete", first) == 2
    assert "say --yes" in capsys.readouterr().err
    assert listed(rig) == [first, second, third]
    assert stt("sessions", "delete", "--yes", first, "last", first) == 0
    assert capsys.readouterr().out == f"Deleted {first}.\nDeleted {third}.\n"
    assert listed(rig) == [second]


def test_of_sessions_one_of_which_there_is_not_none_is_deleted(
    rig: CommandRig, stt: RunCommand, capsys: Printed
) -> None:
    session_id = heard(rig.rig)
    assert stt("sessions", "delete", "--yes", session_id, "x") == 1
    assert capsys.readouterr().err.startswith("Error [session-not-found]: No session begins with 'x'")
    assert stt("sessions", "delete", "--yes") == 2
    assert listed(rig) == [session_id]


def test_a_running_session_is_not_deleted(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    session_id, _ = rig.rig.start()
    assert stt("sessions", "delete", "--yes", "last") == 1
    assert capsys.readouterr().err.startswith("Error [session-running]: ")
    assert listed(rig) == [session_id]
    rig.rig.finish(session_id)


def written_otherwise(rig: CommandRig, session_id: SessionId) -> None:
    """From now on a model hears another word in the session's second utterance."""
    audio = rig.rig.recordings.made[session_id].audio
    rig.rig.recordings.made[session_id].parts = [np.where(np.isclose(audio, 0.003), np.float32(0.007), audio)]


def test_a_recorded_session_is_written_again_text_by_text(
    rig: CommandRig, stt: RunCommand, capsys: Printed
) -> None:
    session_id = heard(rig.rig, record_audio=True)
    written_otherwise(rig, session_id)
    assert stt("sessions", "transcribe-again", "last", "--model", "tiny.en") == 0
    assert capsys.readouterr().out.splitlines() == [
        "1 was word1 word2",
        "1 is  word1 word2",
        "3 was word3",
        "3 is  word7",
    ]
    assert stt("sessions", "export", "last") == 0
    assert capsys.readouterr().out == "word1 word2\nword7\n"
    assert stt("sessions") == 0
    assert capsys.readouterr().out.splitlines()[1].split()[3:] == ["0:03.2", "stopped", "word1", "word2", "word7"]
    assert rig.models.pulled == ["tiny.en"]


def test_only_the_utterances_that_are_named_are_written_again(
    rig: CommandRig, stt: RunCommand, capsys: Printed
) -> None:
    heard(rig.rig, record_audio=True)
    assert stt("sessions", "show", "last") == 0
    assert [line[0] for line in capsys.readouterr().out.splitlines()[3:6]] == ["1", "2", "3"]
    chosen = ("--utterance", "3", "--utterance", "2", "--language", "English", "--engine", "mlx_whisper")
    assert stt("sessions", "transcribe-again", "last", "--model", "tiny.en", *chosen) == 0
    assert capsys.readouterr().out.splitlines() == [
        "3 was word3",
        "3 is  word3",
        "2 was rejected (too-little-speech)",
        "2 is  word1",
    ]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ((), 2, "Name the model that is to write with --model"),
        (("--model", "huge"), 1, "Error [unknown-model]: "),
        (("--model", "base"), 1, "Error [model-unreachable]: "),
        (("--model", "tiny.en", "--engine", "none"), 1, "Error [unknown-engine]: "),
        (("--model", "tiny.en", "--language", "klingon"), 1, "Error [unknown-language]: "),
        (("--model", "tiny.en", "--utterance", "9"), 1, "Error [utterance-not-found]: "),
        (("--model", "tiny.en", "--utterance", "one"), 2, "'one' is not a valid integer"),
    ],
)
def test_what_cannot_be_written_again_changes_nothing(
    rig: CommandRig, stt: RunCommand, capsys: Printed, arguments: tuple[str, ...], status: int, said: str
) -> None:
    session_id = heard(rig.rig, record_audio=True)
    before = tuple(rig.store.read(session_id))
    assert stt("sessions", "transcribe-again", session_id, *arguments) == status
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""
    assert tuple(rig.store.read(session_id)) == before


def test_without_a_recording_no_model_is_fetched(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    heard(rig.rig)
    assert stt("sessions", "transcribe-again", "last", "--model", "tiny.en") == 1
    assert capsys.readouterr().err.startswith("Error [recording-not-found]: ")
    assert rig.models.pulled == []


def test_a_session_in_which_nothing_was_said_stays_as_it_is(
    rig: CommandRig, stt: RunCommand, capsys: Printed
) -> None:
    rig.rig.hear_all(silence(0.5), replace(WITHOUT_PARTIALS, record_audio=True))
    assert stt("sessions", "transcribe-again", "last", "--model", "tiny.en") == 0
    assert capsys.readouterr().out == "Nothing was said in this session.\n"


def test_the_database_is_the_one_that_is_named(rig: CommandRig, stt: RunCommand) -> None:
    heard(rig.rig)
    assert stt("sessions", "--database", "group.db") == 0
    assert stt("sessions", "list", "--database", "own.db") == 0
    assert stt("sessions", "--database", "group.db", "show", "last") == 0
    assert stt("sessions", "--database", "group.db", "list", "--database", "own.db") == 0
    assert [str(database) for database, _ in rig.opened] == ["group.db", "own.db", "group.db", "own.db"]
