"""Files are written down: the result alone on stdout, everything else on stderr."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.adapters.cli.command_rig import CommandRig
from tests.adapters.cli.conftest import RunCommand
from tests.application.rig import silence
from tests.application.stand_ins import FileSource
from tests.fakes.speech_to_text import ScriptedEngines, spoken

from realtime_mlx_stt.adapters.cli.command_line import run
from realtime_mlx_stt.domain.events import GapReason, SpeechStarted
from realtime_mlx_stt.domain.identifiers import SessionId
from realtime_mlx_stt.ports.audio_source import AudioCutShortError, SourceCutShort, SourceRequest
from realtime_mlx_stt.ports.event_store import EventStoreFullError, StoredEvent
from realtime_mlx_stt.ports.model_repository import ModelCorruptError
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError

Printed = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def files(rig: CommandRig) -> None:
    rig.rig.sources.files[Path("one.wav")] = np.concatenate((spoken(1, 2), silence(1), spoken(3)))
    rig.rig.sources.files[Path("two.wav")] = spoken(4, 5)
    rig.rig.sources.files[Path("three.wav")] = spoken(6)


def test_the_text_is_all_there_is_on_stdout(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    assert stt("transcribe", "one.wav") == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("word1 word2\nword3\n", "")
    assert rig.opened == [(None, True)]


def test_json_has_the_promised_shape(stt: RunCommand, capsys: Printed) -> None:
    assert stt("transcribe", "one.wav", "--format", "json", "--language", "en") == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["file", "model", "language", "duration_seconds", "text", "utterances", "rejected"]
    assert (document["file"], document["model"], document["language"]) == ("one.wav", "tiny.en", "en")
    first = document["utterances"][0]
    assert list(first) == ["id", "start", "end", "text", "confidence", "words"]
    assert [list(word) for word in first["words"]] == [["word", "start", "end", "probability"]] * 2
    assert (
        0 <= first["words"][0]["start"] < first["words"][1]["start"] < first["end"] <= document["duration_seconds"]
    )


def test_hypotheses_are_not_asked_for(rig: CommandRig, stt: RunCommand) -> None:
    assert stt("transcribe", "one.wav") == 0
    assert isinstance(rig.rig.engines, ScriptedEngines)
    assert all(call.final for call in rig.rig.engines.calls)


def test_several_files_are_told_apart(stt: RunCommand, capsys: Printed) -> None:
    assert stt("transcribe", "one.wav", "two.wav") == 0
    assert capsys.readouterr().out == "==> one.wav <==\nword1 word2\nword3\n\n==> two.wav <==\nword4 word5\n"
    assert stt("transcribe", "one.wav", "two.wav", "--format", "json") == 0
    assert [document["file"] for document in json.loads(capsys.readouterr().out)] == ["one.wav", "two.wav"]


def test_the_result_can_be_written_to_a_file(stt: RunCommand, capsys: Printed, tmp_path: Path) -> None:
    output = tmp_path / "new" / "one.vtt"
    assert stt("transcribe", "one.wav", "--format", "vtt", "--output", str(output)) == 0
    assert output.read_text().startswith("WEBVTT\n\n00:00:0")
    assert capsys.readouterr().out == ""


def test_the_output_s_name_tells_its_format(stt: RunCommand, tmp_path: Path) -> None:
    for name, beginning in {"a.srt": "1\n00:", "a.VTT": "WEBVTT", "a.json": "{", "a.text": "word1"}.items():
        assert stt("transcribe", "one.wav", "--output", str(tmp_path / name)) == 0
        assert (tmp_path / name).read_text().startswith(beginning)
    assert stt("transcribe", "one.wav", "--output", str(tmp_path / "b.srt"), "--format", "txt") == 0
    assert (tmp_path / "b.srt").read_text().startswith("word1")


def test_several_results_go_into_a_folder(stt: RunCommand, tmp_path: Path) -> None:
    assert stt("transcribe", "one.wav", "two.wav", "--format", "srt", "--output", str(tmp_path / "texts")) == 0
    assert sorted(path.name for path in (tmp_path / "texts").iterdir()) == ["one.srt", "two.srt"]


def test_an_output_that_cannot_be_written_is_an_error(stt: RunCommand, capsys: Printed, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert stt("transcribe", "one.wav", "--output", str(tmp_path / "file" / "one.txt")) == 1
    assert capsys.readouterr().err.startswith("Error [output]: The result cannot be written to ")


def test_a_folder_that_is_there_takes_the_result_of_one_file_too(stt: RunCommand, tmp_path: Path) -> None:
    assert stt("transcribe", "one.wav", "--output", str(tmp_path)) == 0
    assert (tmp_path / "one.txt").read_text() == "word1 word2\nword3\n"


@pytest.mark.parametrize("other", ["one.flac", "more/one.wav", "ONE.wav", "one.wav"])
def test_results_that_would_be_written_over_each_other_are_refused_before_anything_is_heard(
    rig: CommandRig, stt: RunCommand, capsys: Printed, tmp_path: Path, other: str
) -> None:
    rig.rig.sources.files[Path(other)] = spoken(6)
    assert stt("transcribe", "one.wav", other, "--output", str(tmp_path / "texts")) == 1
    assert f"Error [output]: one.wav and {other} would both be written to " in capsys.readouterr().err
    assert rig.rig.sources.requests == []
    assert list(tmp_path.iterdir()) == []


def test_no_file_that_is_heard_is_written_over(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    assert stt("transcribe", "one.wav", "--output", "../" + Path.cwd().name + "/one.wav") == 1
    assert "one.wav is to be heard" in capsys.readouterr().err
    assert rig.rig.sources.requests == []


@pytest.mark.parametrize("output", ["file/one.txt", "file/more/one.txt", "folder"])
def test_an_output_that_cannot_be_written_is_an_error_before_anything_is_heard(
    rig: CommandRig, stt: RunCommand, capsys: Printed, tmp_path: Path, output: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder" / "one.txt").mkdir(parents=True)
    assert stt("transcribe", "one.wav", "--output", str(tmp_path / output)) == 1
    assert capsys.readouterr().err.startswith(f"Error [output]: The result cannot be written to {tmp_path}")
    assert rig.rig.sources.requests == []


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ModelCorruptError("The model is damaged.")])
def test_what_was_finished_before_the_end_is_there(
    rig: CommandRig, capsys: Printed, tmp_path: Path, error: BaseException
) -> None:
    """Printed as a whole list, and written."""
    for output in ((), ("--output", str(tmp_path / "texts"))):
        started = EndAfterTwo(rig.rig.orchestrator.start_pipeline, error)
        rig.rig.orchestrator.start_pipeline = started  # type: ignore[method-assign, assignment]
        assert run(["transcribe", "--format", "json", "one.wav", "two.wav", "three.wav", *output], rig.open) > 0
        rig.rig.orchestrator.start_pipeline = started.start  # type: ignore[method-assign]
    printed = capsys.readouterr().out
    assert [document["file"] for document in json.loads(printed)] == ["one.wav", "two.wav"]
    assert sorted(path.name for path in (tmp_path / "texts").iterdir()) == ["one.json", "two.json"]


class EndAfterTwo:
    """Starts two sessions, and ends the command in place of the third."""

    def __init__(self, start: Callable[..., SessionId], error: BaseException) -> None:
        self.start = start
        self.error = error
        self.count = 0

    def __call__(self, *arguments: object) -> SessionId:
        self.count += 1
        if self.count > 2:
            raise self.error
        return self.start(*arguments)


def test_a_list_of_nothing_is_a_list(stt: RunCommand, capsys: Printed) -> None:
    assert stt("transcribe", "--format", "json", "nope.wav", "missing.wav") == 1
    assert json.loads(capsys.readouterr().out) == []


def test_lines_of_a_text_are_no_lines_of_the_list(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    """Some characters end a line for Python and none in JSON."""
    for name in ("one\u2028.wav", "two\x85.wav"):
        rig.rig.sources.files[Path(name)] = spoken(1)
    assert stt("transcribe", "--format", "json", "one\u2028.wav", "two\x85.wav") == 0
    assert [each["file"] for each in json.loads(capsys.readouterr().out)] == ["one\u2028.wav", "two\x85.wav"]


class LossySource(FileSource):
    """Has half a second behind its audio that is no sound."""

    def end(self) -> None:
        self.lose(8000, GapReason.INVALID_SAMPLES)
        super().end()


def test_what_was_not_heard_is_told_with_its_file(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    def open_lossy(_request: SourceRequest) -> LossySource:
        return LossySource(description="two.wav", opened=[], audio=spoken(4, 5))

    rig.rig.sources.open = open_lossy  # type: ignore[method-assign, assignment]
    assert stt("transcribe", "two.wav") == 1
    printed = capsys.readouterr()
    assert printed.out == "word4 word5\n"
    assert printed.err == "two.wav: Error [audio-gap]: 0.50 s from 0:00.7 on were not heard (invalid-samples).\n"


class CutSource(FileSource):
    """Has less than it promises."""

    def end(self) -> None:
        self.deliver(SourceCutShort(at_sample=self.position, error=AudioCutShortError("two.wav is cut short.")))
        super().end()


def test_a_file_that_is_cut_short_is_a_warning(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    def open_cut(_request: SourceRequest) -> CutSource:
        return CutSource(description="two.wav", opened=[], audio=spoken(4, 5))

    rig.rig.sources.open = open_cut  # type: ignore[method-assign, assignment]
    assert stt("transcribe", "two.wav") == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("word4 word5\n", "Warning [audio-cut-short]: two.wav is cut short.\n")


def test_a_part_that_is_left_out_at_the_end_is_told_with_its_file(
    rig: CommandRig, stt: RunCommand, capsys: Printed
) -> None:
    def fail(stored: StoredEvent) -> None:
        if isinstance(stored.event, SpeechStarted):
            rig.rig.store.failure = EventStoreFullError("The disk is full.")

    rig.rig.bus.subscribe(fail)
    assert stt("transcribe", "two.wav") == 1
    assert capsys.readouterr().err == "two.wav: Error [event-store-full]: The disk is full.\n"


def test_what_was_taken_for_noise_is_told_with_its_file(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    noise = np.full(8000, 0.5, dtype=np.float32)
    rig.rig.sources.files[Path("hum.wav")] = np.concatenate((noise, silence(2), spoken(1), silence(2), noise))
    rig.rig.sources.files[Path("bang.wav")] = noise
    assert stt("transcribe", "hum.wav", "bang.wav") == 0
    printed = capsys.readouterr()
    assert printed.out == "==> hum.wav <==\nword1\n\n==> bang.wav <==\n"
    several, one = printed.err.splitlines()
    assert several.startswith("hum.wav: 2 stretches of sound were taken for noise and left out, 1.")
    assert one.startswith("bang.wav: 1 stretch of sound was taken for noise and left out, 0.")


def test_a_file_without_speech_says_so(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    rig.rig.sources.files[Path("quiet.wav")] = silence(2)
    assert stt("transcribe", "quiet.wav") == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "quiet.wav: No speech was heard.\n")


def test_a_file_that_fails_costs_only_itself(stt: RunCommand, capsys: Printed) -> None:
    assert stt("transcribe", "missing.wav", "two.wav") == 1
    printed = capsys.readouterr()
    assert printed.err == "Error [audio-file-not-found]: There is no file missing.wav.\n"
    assert printed.out == "==> two.wav <==\nword4 word5\n"


def test_an_utterance_without_a_text_is_a_failure(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    assert isinstance(rig.rig.engines, ScriptedEngines)
    rig.rig.engines.failure = SpeechToTextError("The model did not run.")
    assert stt("transcribe", "two.wav") == 1
    assert capsys.readouterr().err == "two.wav: Error [speech-to-text]: The model did not run.\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--model", "tinny"], "unknown-model"), (["--language", "tlh"], "unknown-language")],
)
def test_what_no_model_can_do_is_refused_before_anything_starts(
    stt: RunCommand, capsys: Printed, arguments: list[str], code: str
) -> None:
    assert stt("transcribe", "one.wav", *arguments) == 1
    printed = capsys.readouterr()
    assert printed.err.count(f"Error [{code}]: ") == 1
    assert printed.out == ""


@pytest.mark.parametrize("command", [("transcribe", "one.wav"), ("listen", "--input", "one.wav")])
@pytest.mark.parametrize("wanted", [("--task", "translate"), ("--language", "de")])
def test_what_a_model_cannot_do_is_refused_with_one_that_can(
    rig: CommandRig, stt: RunCommand, capsys: Printed, command: tuple[str, ...], wanted: tuple[str, ...]
) -> None:
    assert stt(*command, *wanted) == 1
    assert capsys.readouterr().err.endswith(
        "None on this machine can; `stt models pull base` fetches base, which can.\n"
    )
    listed = [replace(model, is_available=True) for model in rig.models.models()]
    rig.models.models = lambda: tuple(listed)  # type: ignore[method-assign]
    assert stt(*command, *wanted) == 1
    assert capsys.readouterr().err.endswith("On this machine base can: --model base.\n")


def test_a_language_that_no_model_writes_is_refused_without_one(stt: RunCommand, capsys: Printed) -> None:
    assert stt("transcribe", "one.wav", "--language", "tlh") == 1
    assert "machine" not in capsys.readouterr().err


def test_what_is_no_file_s_fault_is_told_once_and_before_a_model_is_fetched(
    rig: CommandRig, stt: RunCommand, capsys: Printed
) -> None:
    assert stt("transcribe", "one.wav", "two.wav", "--language", "tlh") == 1
    assert stt("transcribe", "nope.wav") == 1
    errors = capsys.readouterr().err.splitlines()
    assert [line.partition("]")[0] for line in errors] == ["Error [unknown-language", "Error [audio-file-not-found"]
    assert rig.models.pulled == []
