"""Files are written down: the result alone on stdout, everything else on stderr."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.adapters.cli.command_rig import CommandRig
from tests.adapters.cli.conftest import RunCommand
from tests.application.rig import silence
from tests.fakes.speech_to_text import ScriptedEngines, spoken

from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError

Printed = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def files(rig: CommandRig) -> None:
    rig.rig.sources.files[Path("one.wav")] = np.concatenate((spoken(1, 2), silence(1), spoken(3)))
    rig.rig.sources.files[Path("two.wav")] = spoken(4, 5)


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


def test_several_results_go_into_a_folder(stt: RunCommand, tmp_path: Path) -> None:
    assert stt("transcribe", "one.wav", "two.wav", "--format", "srt", "--output", str(tmp_path / "texts")) == 0
    assert sorted(path.name for path in (tmp_path / "texts").iterdir()) == ["one.srt", "two.srt"]


def test_an_output_that_cannot_be_written_is_an_error(stt: RunCommand, capsys: Printed, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert stt("transcribe", "one.wav", "--output", str(tmp_path / "file" / "one.txt")) == 1
    assert capsys.readouterr().err.startswith("Error [output]: The result cannot be written to ")


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
    assert f"Error [{code}]: " in printed.err
    assert printed.out == ""
