"""Keeps each profile in a JSON file of its own, which people may also write by hand."""

import difflib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from realtime_mlx_stt.ports.profile_store import (
    Profile,
    ProfileNameError,
    ProfileNotFoundError,
    ProfileStoreError,
)
from realtime_mlx_stt.ports.unreadable_json import why_unreadable

__all__ = ["FolderProfiles"]

_NAME: Final = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\Z")
"""No name can leave the folder, be hidden, or need quoting."""


class FolderProfiles:
    """A ``ProfileStore`` in ``folder``, which is made at the first save. Thread-safe, also between processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> tuple[str, ...]:
        """The names of all stored profiles, sorted; other files are passed over."""
        found = self._folder.glob("*.json")
        return tuple(sorted(path.stem for path in found if _NAME.match(path.stem) and path.is_file()))

    def load(self, name: str) -> Profile:
        """The stored profile.

        Raises:
            ProfileNotFoundError, ProfileNameError.
            ProfileStoreError: the file cannot be read, or is not a JSON object.
        """
        path = self._path(name)
        try:
            profile = json.loads(path.read_text(encoding="utf-8-sig"))  # some editors begin a file with a mark
        except FileNotFoundError:
            raise self._not_found(name) from None
        except (OSError, ValueError, RecursionError) as error:
            raise ProfileStoreError(
                f"The profile in {path} cannot be read: {why_unreadable(error)}. Mend or delete it."
            ) from error
        if not isinstance(profile, Mapping):
            raise ProfileStoreError(f"The profile in {path} must be a JSON object. Mend or delete it.")
        return profile

    def save(self, name: str, profile: Profile) -> None:
        """Store the profile, replacing one of the same name; a reader sees the old or the new one, whole.

        Raises:
            ProfileNameError.
            ProfileStoreError: it cannot be written, or JSON cannot hold it.
        """
        path = self._path(name)
        content = _as_json(name, profile)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _replace(path, content)
        except OSError as error:
            raise ProfileStoreError(f"The profile cannot be saved in {path}: {error.strerror}.") from error

    def delete(self, name: str) -> None:
        """Remove the stored profile.

        Raises:
            ProfileNotFoundError, ProfileNameError.
            ProfileStoreError: it cannot be removed.
        """
        path = self._path(name)
        try:
            path.unlink()
        except FileNotFoundError:
            raise self._not_found(name) from None
        except OSError as error:
            raise ProfileStoreError(f"The profile {path} cannot be deleted: {error.strerror}.") from error

    def _path(self, name: str) -> Path:
        if not _NAME.match(name):
            raise ProfileNameError(
                f"{name!r} cannot be a profile's name: use 1 to 64 letters, digits, - and _, with dots inside."
            )
        return self._folder / f"{name}.json"

    def _not_found(self, name: str) -> ProfileNotFoundError:
        names = self.names()
        near = difflib.get_close_matches(name, names, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        return ProfileNotFoundError(f"There is no profile '{name}'.{hint} There are: {', '.join(names) or 'none'}.")


def _as_json(name: str, profile: Profile) -> bytes:
    try:
        return (json.dumps(profile, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ProfileStoreError(f"The profile '{name}' cannot be saved, JSON cannot hold it: {error}.") from error


def _replace(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".json", delete=False) as file:
        try:
            file.write(content)
            file.close()
            os.replace(file.name, path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
