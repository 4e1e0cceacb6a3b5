"""Why a JSON file could not be read is told without the words of Python."""

import errno
import json
from pathlib import Path

import pytest

from realtime_mlx_stt.ports.unreadable_json import why_unreadable


def reason(path: Path) -> str:
    with pytest.raises((OSError, ValueError, RecursionError)) as raised:
        json.loads(path.read_text(encoding="utf-8"))
    return why_unreadable(raised.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "it is not JSON from line 1, column 1 on (Expecting value)"),
        (
            b'{"a": 1,\n b}',
            "it is not JSON from line 2, column 2 on (Expecting property name enclosed in double quotes)",
        ),
        (b"\xff\xfe{", "it is not text in UTF-8"),
        (b"[" * 1_000_000, "it is nested too deeply"),
    ],
)
def test_what_is_wrong_with_the_contents_is_told(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "some.json"
    path.write_bytes(content)
    assert reason(path) == expected


def test_what_is_wrong_with_the_path_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert reason(tmp_path / "nope.json") == reason(tmp_path / "file" / "nope.json") == "there is no such file"
    assert reason(tmp_path) == "it is a folder"


def test_what_the_system_says_is_told() -> None:
    assert why_unreadable(PermissionError(errno.EACCES, "Permission denied", "x")) == "its permissions forbid it"
    assert why_unreadable(OSError(errno.EIO, "Input/output error", "x")) == "Input/output error"


def test_an_error_of_a_more_special_kind_has_the_same_reason() -> None:
    class GoneError(FileNotFoundError): ...

    assert why_unreadable(GoneError(errno.ENOENT, "No such file or directory", "x")) == "there is no such file"
