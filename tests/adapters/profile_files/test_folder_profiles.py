"""Profiles are files that people may write by hand, and that are only ever replaced as a whole."""

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from realtime_mlx_stt.adapters.profile_files.folder_profiles import FolderProfiles
from realtime_mlx_stt.ports.profile_store import ProfileNotFoundError, ProfileStoreError

TIMEOUT_SECONDS = 60.0

NO_PROFILES = {
    "nothing": b"",
    "no JSON": b"{vad: on}",
    "half of it": b'{"vad": {"enabled"',
    "more than JSON": b'{} {"vad": 1}',
    "a list": b"[1, 2]",
    "a number": b"7",
    "a text": b'"vad"',
    "null": b"null",
    "no UTF-8": b'{"description": "K\xfcche"}',
    "random bytes": bytes(range(256)),
    "depth without end": b"[" * 200_000,
    "objects without end": b'{"vad":' * 200_000,
    "a number without end": b'{"vad": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("content", NO_PROFILES.values(), ids=NO_PROFILES.keys())
def test_a_file_that_is_no_profile_is_said_and_left(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "kitchen.json"
    path.write_bytes(content)
    with pytest.raises(ProfileStoreError) as raised:
        FolderProfiles(tmp_path).load("kitchen")
    assert raised.value.code == "profile-store"
    assert str(path) in str(raised.value)
    assert "Mend or delete" in str(raised.value)
    assert path.read_bytes() == content


def test_a_profile_written_by_hand_is_read(tmp_path: Path) -> None:
    (tmp_path / "kitchen.json").write_text('{\n\t"vad": {"enabled" : false}\n}\n\n')
    assert FolderProfiles(tmp_path).load("kitchen") == {"vad": {"enabled": False}}


def test_a_profile_that_an_editor_began_with_a_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "kitchen.json").write_text('{"description": "Küche"}', encoding="utf-8-sig")
    assert FolderProfiles(tmp_path).load("kitchen") == {"description": "Küche"}


def test_a_saved_profile_can_be_read_by_people(tmp_path: Path) -> None:
    FolderProfiles(tmp_path).save("kitchen", {"description": "Küche", "vad": {"enabled": True}})
    content = (tmp_path / "kitchen.json").read_text(encoding="utf-8")
    assert content == '{\n  "description": "Küche",\n  "vad": {\n    "enabled": true\n  }\n}\n'


def test_what_is_no_profile_is_not_listed(tmp_path: Path) -> None:
    profiles = FolderProfiles(tmp_path)
    profiles.save("kitchen", {})
    for name in ("notes.txt", "kitchen.json~", ".hidden.json", "with space.json", "kitchen.JSON.bak", "a..b.json"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "dangling.json").symlink_to(tmp_path / "nowhere.json")
    assert profiles.names() == ("kitchen",)


def test_a_profile_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text('{"vad": {}}')
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "kitchen.json").symlink_to(tmp_path / "elsewhere")
    profiles = FolderProfiles(tmp_path / "profiles")
    assert profiles.names() == ("kitchen",)
    assert profiles.load("kitchen") == {"vad": {}}


def test_nothing_is_made_before_the_first_save(tmp_path: Path) -> None:
    profiles = FolderProfiles(tmp_path / "config" / "profiles")
    assert profiles.names() == ()
    with pytest.raises(ProfileNotFoundError, match="There are: none"):
        profiles.load("kitchen")
    assert list(tmp_path.iterdir()) == []
    profiles.save("kitchen", {})
    assert (tmp_path / "config" / "profiles" / "kitchen.json").is_file()


def test_a_near_name_is_offered(tmp_path: Path) -> None:
    profiles = FolderProfiles(tmp_path)
    profiles.save("kitchen", {})
    with pytest.raises(ProfileNotFoundError, match="Did you mean 'kitchen'"):
        profiles.load("kitchn")


UNWRITABLE: dict[str, Any] = {
    "an object": {"vad": object()},
    "not a number": {"vad": {"sensitivity": float("nan")}},
    "infinity": {"vad": {"sensitivity": float("inf")}},
    "half a letter": {"description": "\ud800"},
    "bytes": {"description": b"kitchen"},
}


@pytest.mark.parametrize("profile", UNWRITABLE.values(), ids=UNWRITABLE.keys())
def test_what_json_cannot_hold_is_refused_and_the_old_profile_stays(
    tmp_path: Path, profile: dict[str, Any]
) -> None:
    profiles = FolderProfiles(tmp_path)
    profiles.save("kitchen", {"vad": {}})
    with pytest.raises(ProfileStoreError, match="'kitchen' cannot be saved"):
        profiles.save("kitchen", profile)
    assert profiles.load("kitchen") == {"vad": {}}
    assert [path.name for path in tmp_path.iterdir()] == ["kitchen.json"]


def test_a_profile_within_itself_is_refused(tmp_path: Path) -> None:
    profile: dict[str, Any] = {}
    profile["vad"] = profile
    with pytest.raises(ProfileStoreError):
        FolderProfiles(tmp_path).save("kitchen", profile)


def test_a_folder_in_the_profiles_place_is_said_and_stays(tmp_path: Path) -> None:
    (tmp_path / "kitchen.json").mkdir()
    profiles = FolderProfiles(tmp_path)
    with pytest.raises(ProfileStoreError, match="cannot be read"):
        profiles.load("kitchen")
    with pytest.raises(ProfileStoreError, match="cannot be saved"):
        profiles.save("kitchen", {})
    with pytest.raises(ProfileStoreError, match="cannot be deleted"):
        profiles.delete("kitchen")
    assert [path.name for path in tmp_path.iterdir()] == ["kitchen.json"]


def test_a_file_in_the_folders_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "profiles").write_text("")
    profiles = FolderProfiles(tmp_path / "profiles")
    assert profiles.names() == ()
    with pytest.raises(ProfileStoreError, match="cannot be saved"):
        profiles.save("kitchen", {})
    for ask in (profiles.load, profiles.delete):
        with pytest.raises(ProfileStoreError):
            ask("kitchen")


def test_a_reader_never_sees_half_a_profile(tmp_path: Path) -> None:
    profiles = FolderProfiles(tmp_path)
    versions: list[dict[str, Any]] = [{"description": letter * 200_000} for letter in "ab"]
    profiles.save("kitchen", versions[0])
    is_over = threading.Event()
    seen: list[bool] = []

    def read() -> None:
        while not is_over.is_set():
            seen.append(profiles.load("kitchen") in versions and profiles.names() == ("kitchen",))

    reader = threading.Thread(target=read)
    reader.start()
    while len(seen) < 50 and reader.is_alive():
        for version in versions:
            profiles.save("kitchen", version)
    is_over.set()
    reader.join(TIMEOUT_SECONDS)
    assert len(seen) >= 50
    assert all(seen)
    assert os.listdir(tmp_path) == ["kitchen.json"]


def test_of_many_writers_one_wins_whole(tmp_path: Path) -> None:
    profiles = FolderProfiles(tmp_path)
    begin = threading.Barrier(6)

    def save(number: int) -> None:
        begin.wait(TIMEOUT_SECONDS)
        for _ in range(20):
            profiles.save("kitchen", {"description": str(number) * 10_000})

    threads = [threading.Thread(target=save, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_SECONDS)
    content = json.loads((tmp_path / "kitchen.json").read_text())
    assert content in [{"description": str(number) * 10_000} for number in range(6)]
    assert os.listdir(tmp_path) == ["kitchen.json"]
