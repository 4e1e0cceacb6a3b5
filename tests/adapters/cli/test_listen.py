"""A live session is shown, printed as JSON, and stopped by a signal."""

import json
import os
import signal
import threading
from pathlib import Path

import numpy as np
import pytest
from tests.adapters.cli.command_rig import CommandRig
from tests.adapters.cli.conftest import RunCommand
from tests.application.rig import Rig, Watch, silence
from tests.application.stand_ins import UnansweringEngines
from tests.fakes.speech_to_text import ScriptedEngines, spoken

from realtime_mlx_stt.adapters.cli.command_line import run
from realtime_mlx_stt.application.inference.engines_by_name import EnginesByName
from realtime_mlx_stt.domain import events as e
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.domain.transcription import TranscriptionTask
from realtime_mlx_stt.ports.audio_source import AudioSourceError, FileRequest, MicrophoneRequest
from realtime_mlx_stt.ports.event_store import SequenceConflictError, StoredEvent

Printed = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def file(rig: CommandRig) -> None:
    rig.rig.sources.files[Path("one.wav")] = np.concatenate((spoken(1, 2), silence(1), spoken(3)))


def stored(rig: CommandRig) -> list[StoredEvent]:
    return list(rig.store.read(SessionId("session-0001")))


def test_finals_are_lines_with_their_times_and_the_sums_come_last(stt: RunCommand, capsys: Printed) -> None:
    assert stt("listen", "--input", "one.wav") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Listening to one.wav with tiny.en; Ctrl-C stops."
    assert lines[1].split() == ["0:00.0-0:00.9", "word1", "word2"]
    assert "word3" in lines[2]
    assert any("2.05 s captured" in line for line in lines)
    assert any("last word to final text" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["one.wav"], "argument (one.wav). To hear a file: stt listen --input one.wav"),
        (
            ["--json", "my talk.wav", "b"],
            "argument (my talk.wav b). To hear a file: stt listen --input 'my talk.wav'",
        ),
        (
            ["--input", "one.wav", "two.wav"],
            "argument (two.wav). One file is heard at a time; `stt transcribe` takes",
        ),
    ],
)
def test_a_file_without_its_option_is_refused_with_the_option(
    rig: CommandRig, stt: RunCommand, capsys: Printed, arguments: list[str], hint: str
) -> None:
    assert stt("listen", *arguments) == 2
    assert hint in capsys.readouterr().err
    assert rig.opened == []


def test_json_is_one_envelope_a_line_and_nothing_else(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    assert stt("listen", "--input", "one.wav", "--json") == 0
    printed = capsys.readouterr()
    envelopes = [json.loads(line) for line in printed.out.splitlines()]
    assert [(envelope["seq"], envelope["type"]) for envelope in envelopes] == [
        (each.seq, each.event.type) for each in stored(rig)
    ]
    assert "2.05 s captured" in printed.err


def test_the_options_are_the_session_s_settings(rig: CommandRig, stt: RunCommand) -> None:
    options = ("--model", "base", "--language", "de", "--wake-word", "alexa", "--record-audio", "--profile", "mine")
    rig.orchestrator.profiles.save("mine", {"vad": {"min_silence_duration": 0.5}})
    rig.models.pull = lambda name, progress=None: Path(name)  # type: ignore[method-assign]
    assert stt("listen", "--input", "one.wav", *options) == 0
    started = stored(rig)[0].event
    assert isinstance(started, e.SessionStarted)
    assert (started.settings.transcription.model, started.settings.transcription.language) == ("base", "de")
    assert started.settings.wake_word is not None
    assert started.settings.wake_word.words == ("alexa",)
    assert started.settings.endpointing.minimum_silence_seconds == 0.5
    assert SessionId("session-0001") in rig.rig.recordings.made


def test_what_the_model_is_told_is_among_them(rig: CommandRig, stt: RunCommand) -> None:
    names = ("--glossary", "Dashwood, Aoife", "--glossary", "Digium")
    told = ("--prompt", "They went home.", "--carry-context", "--beam-size", "5", "--task", "translate")
    models = ("--model", "base", "--smaller-model", "tiny")
    rig.models.pull = lambda name, progress=None: Path(name)  # type: ignore[method-assign]
    assert stt("listen", "--input", "one.wav", *models, *names, *told) == 0
    started = stored(rig)[0].event
    assert isinstance(started, e.SessionStarted)
    transcription = started.settings.transcription
    assert transcription.glossary == ("Dashwood", "Aoife", "Digium")
    assert (transcription.prompt, transcription.carries_context) == ("They went home.", True)
    assert (transcription.beam_size, transcription.task) == (5, TranscriptionTask.TRANSLATE)
    assert transcription.smaller_model == "tiny"


def test_what_a_profile_tells_the_model_can_be_taken_back(rig: CommandRig, stt: RunCommand) -> None:
    told = {"glossary": ["Dashwood"], "prompt": "So.", "carry_context": True, "beam_size": 5}
    rig.orchestrator.profiles.save("mine", {"transcription": told})
    taken_back = ("--glossary", "", "--prompt", "", "--no-carry-context", "--beam-size", "1")
    assert stt("listen", "--input", "one.wav", "--profile", "mine", *taken_back) == 0
    started = stored(rig)[0].event
    assert isinstance(started, e.SessionStarted)
    transcription = started.settings.transcription
    assert (transcription.glossary, transcription.prompt, transcription.carries_context) == ((), "", False)
    assert transcription.beam_size == 1


@pytest.mark.parametrize(
    ("options", "request_"),
    [
        (["--input", "one.wav"], FileRequest(path=Path("one.wav"), speed=1.0)),
        (["--input", "one.wav", "--speed", "2.5"], FileRequest(path=Path("one.wav"), speed=2.5)),
        (["--input", "one.wav", "--speed", "max"], FileRequest(path=Path("one.wav"), speed=None)),
        ([], MicrophoneRequest(device=None)),
        (["--device", "3"], MicrophoneRequest(device=3)),
        (["--device", "usb"], MicrophoneRequest(device="usb")),
    ],
)
def test_the_source_is_the_one_that_is_asked_for(
    rig: CommandRig, stt: RunCommand, options: list[str], request_: object
) -> None:
    rig.rig.sources.open_error = AudioSourceError("Not today.")
    assert stt("listen", *options) == 1
    assert rig.rig.sources.requests[-1] == request_


def test_a_failed_session_is_shown_and_told_by_the_status(
    rig: CommandRig, stt: RunCommand, capsys: Printed
) -> None:
    rig.rig.voice_activity.run_error = AudioSourceError("The ear fell off.")
    assert stt("listen", "--input", "one.wav") == 1
    assert "The ear fell off. [audio-source]" in capsys.readouterr().out


def test_a_failed_session_is_told_on_stderr_where_stdout_is_for_programs(
    rig: CommandRig, stt: RunCommand, capsys: Printed
) -> None:
    rig.rig.voice_activity.run_error = AudioSourceError("The ear fell off.")
    assert stt("listen", "--input", "one.wav", "--json") == 1
    assert "Error [audio-source]: The ear fell off.\n" in capsys.readouterr().err


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_session_that_breaks_off_is_no_success(
    rig: CommandRig, stt: RunCommand, capsys: Printed, options: tuple[str, ...]
) -> None:
    """As when another program writes to the same session: nobody can write its end."""

    def interfere(stored: StoredEvent) -> None:
        if isinstance(stored.event, e.SpeechStarted):
            rig.rig.store.failure = SequenceConflictError("Another writer was first.")

    rig.rig.bus.subscribe(interfere)
    assert stt("listen", "--input", "one.wav", *options) == 1
    assert "The session broke off" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--input", "nope.wav"), "audio-file-not-found"),
        (("--wake-word", "xyzzy"), "unknown-wake-word"),
        (("--language", "tlh"), "unknown-language"),
    ],
)
def test_what_cannot_be_heard_is_found_out_before_a_model_is_fetched(
    rig: CommandRig, stt: RunCommand, capsys: Printed, options: tuple[str, ...], code: str
) -> None:
    assert stt("listen", *options) == 1
    assert f"Error [{code}]: " in capsys.readouterr().err
    assert rig.models.pulled == []
    assert rig.opened == [(None, True)], "not even a database is opened for it"


@pytest.mark.parametrize("command", [("listen", "--input"), ("transcribe",)])
def test_an_engine_of_the_network_is_asked_where_it_is_named_and_no_model_is_fetched(
    command: tuple[str, ...], capsys: Printed
) -> None:
    remote = ScriptedEngines(engine="openai", models=("gpt-4o-transcribe",), remote=True)
    rig = CommandRig(rig=Rig(engines=EnginesByName({"mlx_whisper": ScriptedEngines(), "openai": remote})))
    rig.rig.sources.files[Path("one.wav")] = np.concatenate((spoken(1, 2), silence(1), spoken(3)))
    assert run([*command, "one.wav", "--engine", "openai"], rig.open) == 0
    assert "word1 word2" in capsys.readouterr().out
    assert {call.model for call in remote.calls} == {"gpt-4o-transcribe"}
    assert rig.models.pulled == []
    assert run([*command, "one.wav", "--engine", "nonsense"], rig.open) == 1
    assert "Error [unknown-engine]: " in capsys.readouterr().err
    rig.orchestrator.close()


def test_an_ephemeral_session_leaves_no_recording_whatever_its_profile_says(
    rig: CommandRig, stt: RunCommand
) -> None:
    rig.orchestrator.profiles.save("mine", {"audio": {"record": True}})
    assert stt("listen", "--input", "one.wav", "--ephemeral", "--profile", "mine") == 0
    assert rig.rig.recordings.made == {}
    assert stt("listen", "--input", "one.wav", "--profile", "mine") == 0
    assert list(rig.rig.recordings.made) == [SessionId("session-0002")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_session_and_the_text_that_is_owed_is_shown(
    rig: CommandRig, stt: RunCommand, capsys: Printed, number: signal.Signals
) -> None:
    watch = Watch()
    rig.rig.bus.subscribe(watch)

    def speak_and_interrupt() -> None:
        watch.until(e.SessionStarted)
        rig.rig.source.hear(spoken(1, 2, 3))
        watch.until(e.SpeechStarted)
        os.kill(os.getpid(), number)

    speaker = threading.Thread(target=speak_and_interrupt)
    before = signal.getsignal(number)
    speaker.start()
    assert stt("listen") == 0
    speaker.join()
    assert "word1 word2 word3" in capsys.readouterr().out
    assert signal.getsignal(number) is before


def test_a_signal_that_the_program_was_started_to_ignore_stays_ignored(stt: RunCommand, rig: CommandRig) -> None:
    seen: list[object] = []
    rig.rig.bus.subscribe(lambda _: seen.append(signal.getsignal(signal.SIGHUP)))
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert stt("listen", "--input", "one.wav") == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    assert set(seen) == {signal.SIG_IGN}


def test_a_second_signal_waits_for_no_text(capsys: Printed) -> None:
    engines, watch = UnansweringEngines(), Watch()
    rig = CommandRig(rig=Rig(engines=engines))
    rig.rig.bus.subscribe(watch)

    def interrupt_twice() -> None:
        watch.until(e.SessionStarted)
        rig.rig.source.hear(spoken(1, 2, 3))
        os.kill(os.getpid(), signal.SIGINT)
        watch.until(e.SessionStopping)
        os.kill(os.getpid(), signal.SIGINT)

    speaker = threading.Thread(target=interrupt_twice)
    speaker.start()
    assert run(["listen"], rig.open) == 0
    speaker.join()
    engines.gate.set()
    rig.orchestrator.close()
    assert "[transcription-abandoned]" in capsys.readouterr().out
