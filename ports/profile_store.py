"""Defines where the user's own profiles are kept."""

from collections.abc import Mapping
from typing import Any, Protocol

from realtime_mlx_stt.domain.errors import PortError

__all__ = [
    "Profile",
    "ProfileNameError",
    "ProfileNotFoundError",
    "ProfileStore",
    "ProfileStoreError",
]

Profile = Mapping[str, Any]
"""A profile as JSON: sections ``transcription``, ``vad``, ``wake_word`` and ``audio``, and a ``description``."""


class ProfileStoreError(PortError):
    """Profiles cannot be read or written."""

    code = "profile-store"


class ProfileNotFoundError(ProfileStoreError):
    """There is no profile of that name; the message lists those there are."""

    code = "profile-not-found"


class ProfileNameError(ProfileStoreError):
    """The name cannot be a profile's: letters, digits, ``-``, ``_`` and inner dots, at most 64 characters."""

    code = "profile-name"


class ProfileStore(Protocol):
    """The user's profiles by name. Thread-safe."""

    def names(self) -> tuple[str, ...]:
        """The names of all stored profiles, sorted."""
        ...

    def load(self, name: str) -> Profile:
        """The stored profile.

        Raises:
            ProfileNotFoundError, ProfileNameError, ProfileStoreError.
        """
        ...

    def save(self, name: str, profile: Profile) -> None:
        """Store the profile, replacing one of the same name; all or nothing.

        Raises:
            ProfileNameError, ProfileStoreError.
        """
        ...

    def delete(self, name: str) -> None:
        """Remove the stored profile.

        Raises:
            ProfileNotFoundError, ProfileNameError, ProfileStoreError.
        """
        ...
