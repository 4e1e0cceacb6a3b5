"""Every profile store keeps profiles by safe names and gives back what was saved."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fakes.profile_store import FakeProfileStore

from realtime_mlx_stt.adapters.profile_files.folder_profiles import FolderProfiles
from realtime_mlx_stt.ports.profile_store import ProfileNameError, ProfileNotFoundError, ProfileStore

PROFILE: dict[str, Any] = {
    "description": "für die Küche 🍳",
    "transcription": {"model": "base", "language": None},
    "vad": {"sensitivity": 0.6, "enabled": True},
    "wake_word": {"words": ["jarvis", "alexa"], "timeout": 30},
}

GOOD_NAMES = ["a", "kitchen", "My-Profile_2", "v1.0", "a.b.c", "-", "_", "0", "x" * 64, "CON", "kitchen.json"]

BAD_NAMES = [
    "",
    ".",
    "..",
    "...",
    ".hidden",
    "trailing.",
    "two..dots",
    "/",
    "/etc/passwd",
    "../escape",
    "a/b",
    "a\\b",
    "C:\\profile",
    "~",
    "~root",
    "with space",
    " leading",
    "x" * 65,
    "x" * 5000,
    "line\n",
    "\nline",
    "a\nb",
    "a\x00b",
    "tab\t",
    "ends-with-cr\r",
    "quote'",
    'double"',
    "$HOME",
    "a;b",
    "*",
    "a*",
    "[ab]",
    "küche",
    "ａｂｃ",  # noqa: RUF001 - wide letters
    "profile\u2024json",
    "a\u2215b",
    "a\u202eb",
    "a\u200b",
    "\u0661\u0662",
    "e\u0301",
    "\ud800",
    "🍳",
]


def _folder(path: Path) -> FolderProfiles:
    return FolderProfiles(path / "profiles")


def _fake(_path: Path) -> FakeProfileStore:
    return FakeProfileStore()


ALL: tuple[Callable[[Path], ProfileStore], ...] = (_folder, _fake)


@pytest.fixture(params=ALL)
def profiles(request: pytest.FixtureRequest, tmp_path: Path) -> ProfileStore:
    made: ProfileStore = request.param(tmp_path)
    return made


def test_an_empty_store_has_no_names(profiles: ProfileStore) -> None:
    assert profiles.names() == ()


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_what_was_saved_is_loaded(profiles: ProfileStore, name: str) -> None:
    profiles.save(name, PROFILE)
    assert profiles.load(name) == PROFILE
    assert profiles.names() == (name,)
    profiles.delete(name)
    assert profiles.names() == ()


def test_names_are_sorted(profiles: ProfileStore) -> None:
    for name in ("b", "C", "a.b", "a", "-z"):
        profiles.save(name, {})
    assert profiles.names() == tuple(sorted(("b", "C", "a.b", "a", "-z")))


def test_saving_again_replaces_the_whole_profile(profiles: ProfileStore) -> None:
    profiles.save("kitchen", PROFILE)
    profiles.save("kitchen", {"vad": {"enabled": False}})
    assert profiles.load("kitchen") == {"vad": {"enabled": False}}
    assert profiles.names() == ("kitchen",)


def test_what_becomes_of_a_profile_outside_does_not_change_the_stored_one(profiles: ProfileStore) -> None:
    profile = {"vad": {"enabled": True}}
    profiles.save("kitchen", profile)
    profile["vad"]["enabled"] = False
    loaded = profiles.load("kitchen")
    assert loaded == {"vad": {"enabled": True}}
    loaded["vad"]["enabled"] = False
    assert profiles.load("kitchen") == {"vad": {"enabled": True}}


def test_a_profile_that_is_not_there_is_said_with_those_that_are(profiles: ProfileStore) -> None:
    profiles.save("kitchen", {})
    profiles.save("office", {})
    for ask in (profiles.load, profiles.delete):
        with pytest.raises(ProfileNotFoundError, match=r"'kitchn'.*kitchen, office") as raised:
            ask("kitchn")
        assert raised.value.code == "profile-not-found"


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_a_name_that_could_do_harm_is_refused(profiles: ProfileStore, name: str, tmp_path: Path) -> None:
    profiles.save("kitchen", {})
    before = sorted(tmp_path.rglob("*"))
    for ask in (profiles.load, profiles.delete, lambda bad: profiles.save(bad, {})):
        with pytest.raises(ProfileNameError) as raised:
            ask(name)
        assert raised.value.code == "profile-name"
    assert sorted(tmp_path.rglob("*")) == before


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(profile=st.dictionaries(st.text(), _JSON, max_size=4))
def test_any_json_comes_back_as_it_was(profiles: ProfileStore, profile: dict[str, Any]) -> None:
    profiles.save("any", profile)
    assert profiles.load("any") == profile
