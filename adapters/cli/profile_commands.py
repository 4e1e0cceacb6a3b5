"""Lists, shows and saves profiles."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from realtime_mlx_stt.adapters.cli.tables import list_console, plain_table
from realtime_mlx_stt.adapters.cli.terminal_text import print_result, say
from realtime_mlx_stt.application.profiles.profiles import BUILT_IN_PROFILES, DEFAULT_PROFILE, Profiles, deep_merge
from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.ports.profile_store import Profile, ProfileStoreError
from realtime_mlx_stt.ports.unreadable_json import why_unreadable

__all__ = ["print_profile", "print_profiles", "save_profile"]


def print_profiles(profiles: Profiles) -> None:
    """Print one line per profile."""
    table = plain_table("profile", "whose", "description")
    for name in profiles.names():
        whose = "built in" if name in BUILT_IN_PROFILES else "yours"
        table.add_row(name, whose, _description(profiles, name))
    list_console().print(table)


def print_profile(profiles: Profiles, name: str) -> None:
    """The profile as JSON.

    Raises:
        ProfileStoreError: it is not there, or cannot be read.
    """
    print_result(json.dumps(profiles.load(name), indent=2, ensure_ascii=False) + "\n")


def save_profile(profiles: Profiles, name: str, *, base: str, file: Path | None, changes: Sequence[str]) -> None:
    """Save the profile ``base``, or the one in ``file``, with changes such as ``vad.sensitivity=0.8`` made to it.

    Raises:
        InvalidSettingError: the outcome is not a valid profile.
        ProfileStoreError: it cannot be saved.
    """
    profile = profiles.load(base) if file is None else _read(file)
    for change in changes:
        profile = deep_merge(profile, _change(change))
    profiles.save(name, profile)
    say(f"Saved {name}; `stt listen --profile {name}` uses it.")


def _description(profiles: Profiles, name: str) -> str:
    """The profile's description, or why it cannot be read: one unreadable file must not hide the other profiles."""
    try:
        return str(profiles.load(name).get("description", ""))
    except ProfileStoreError as error:
        return f"{error} [{error.code}]"


def _read(file: Path) -> Profile:
    try:
        profile = json.loads(sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidSettingError(
            f"No profile can be read from {file}: {why_unreadable(error)}. "
            f"Name a JSON file such as `stt profiles show {DEFAULT_PROFILE}` prints."
        ) from error
    if not isinstance(profile, Mapping):
        raise InvalidSettingError(f"The profile in {file} must be a JSON object.")
    return profile


def _change(change: str) -> dict[str, Any]:
    """``a.b=value`` as ``{"a": {"b": value}}``; the value is JSON where it can be read as that, else text."""
    path, equals, text = change.partition("=")
    if not equals or not path:
        raise InvalidSettingError(f"{change!r} changes nothing; write KEY=VALUE, such as vad.sensitivity=0.8.")
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    for key in reversed(path.split(".")):
        value = {key: value}
    changed: dict[str, Any] = value
    return changed
