"""Profiles in memory."""

import copy
import re

from realtime_mlx_stt.ports.profile_store import Profile, ProfileNameError, ProfileNotFoundError


class FakeProfileStore:
    """Keeps profiles as long as it lives."""

    def __init__(self) -> None:
        self._profiles: dict[str, Profile] = {}

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._profiles))

    def load(self, name: str) -> Profile:
        self._check(name)
        if name not in self._profiles:
            raise ProfileNotFoundError(f"There is no profile '{name}'. There are: {', '.join(self.names())}.")
        return copy.deepcopy(self._profiles[name])

    def save(self, name: str, profile: Profile) -> None:
        self._check(name)
        self._profiles[name] = copy.deepcopy(profile)

    def delete(self, name: str) -> None:
        self.load(name)
        del self._profiles[name]

    def _check(self, name: str) -> None:
        if len(name) > 64 or not re.fullmatch(r"[\w-]+(\.[\w-]+)*", name, re.ASCII):
            raise ProfileNameError(f"{name!r} cannot be a profile's name.")
