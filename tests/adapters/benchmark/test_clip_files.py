"""Clips are found with what is said in them, whether a manifest or a text beside them tells it."""

import json
from pathlib import Path

import pytest
from tests.adapters.speech_to_text.clips import DATA_FOLDER, clip, speech_clips

from realtime_mlx_stt.adapters.benchmark.clip_files import EXAMPLES, ClipFile, find_clips
from realtime_mlx_stt.ports.benchmark import BenchmarkError


def test_without_input_there_are_the_examples_which_come_with_the_package_and_say_what_is_said() -> None:
    found = find_clips(())
    assert {file.path for file in found} == set(EXAMPLES.glob("*.wav"))
    assert all(file.text == clip(file.path.stem).text for file in found)
    manifest = json.loads((EXAMPLES / "manifest.json").read_bytes())
    assert all(entry["licence"].startswith("public domain") for entry in manifest["clips"])


def test_the_clips_of_the_tests_are_found_by_the_manifest_above_them() -> None:
    found = {file.path.stem: file.text for file in find_clips([DATA_FOLDER / "speech"])}
    assert found == {each.name: each.text for each in speech_clips()}


def test_a_manifest_names_the_clips_of_its_folder_in_its_order() -> None:
    entries = json.loads((DATA_FOLDER / "manifest.json").read_bytes())["clips"]
    assert [file.path for file in find_clips([DATA_FOLDER])] == [DATA_FOLDER / entry["file"] for entry in entries]


def test_a_text_beside_a_sound_is_its_transcript_and_a_sound_without_one_has_none(tmp_path: Path) -> None:
    for name in ("b.WAV", "a.flac", "notes.md"):
        (tmp_path / name).touch()
    (tmp_path / "a.txt").write_text("What is said.\n", encoding="utf-8")
    assert find_clips([tmp_path, tmp_path / "b.WAV"]) == (
        ClipFile(path=tmp_path / "a.flac", text="What is said."),
        ClipFile(path=tmp_path / "b.WAV", text=None),
    )


def test_an_empty_transcript_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    (tmp_path / "a.txt").write_text(" \n", encoding="utf-8")
    assert find_clips([tmp_path]) == (ClipFile(path=tmp_path / "a.wav", text=None),)
    (tmp_path / "manifest.json").write_text('{"clips": [{"file": "a.wav", "text": " "}]}', encoding="utf-8")
    assert find_clips([tmp_path]) == (ClipFile(path=tmp_path / "a.wav", text=None),)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="no-such-thing"):
        find_clips([tmp_path / "no-such-thing"])
    with pytest.raises(BenchmarkError, match="no sound file in the folder"):
        find_clips([tmp_path])


@pytest.mark.parametrize("content", ["", "[]", '{"clips": [{"text": "x"}]}', '{"clips": ["a.wav"]}', "\xff"])
def test_a_manifest_that_is_none_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(BenchmarkError, match=r"manifest\.json is not"):
        find_clips([tmp_path])


def test_a_transcript_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    (tmp_path / "a.txt").write_bytes(b"\xff\xff")
    with pytest.raises(BenchmarkError, match=r"a\.txt cannot be read"):
        find_clips([tmp_path])
