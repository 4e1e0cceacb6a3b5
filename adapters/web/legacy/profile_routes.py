"""The profiles of `/system/profiles`, with names that cannot leave their folder."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response

from realtime_mlx_stt.adapters.web.client_settings import refuse_file_names
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.adapters.web.legacy.answers import answer, done, refuse
from realtime_mlx_stt.adapters.web.legacy.bodies import Field, mapping, read_body, text
from realtime_mlx_stt.application.profiles.profiles import BUILT_IN_PROFILES, Profiles
from realtime_mlx_stt.domain.errors import RealtimeSttError
from realtime_mlx_stt.ports.profile_store import ProfileStoreError

__all__ = ["ProfileRoutes"]

_PROFILE: Final = (Field("name", text), Field("config", mapping))


class ProfileRoutes:
    """Lists, shows, saves and deletes profiles."""

    def __init__(self, context: WebContext) -> None:
        self._context = context

    def add_to(self, routes: Blueprint) -> None:
        """Add the four routes."""
        routes.get("/system/profiles")(self.names)
        routes.post("/system/profiles")(self.save)
        routes.get("/system/profiles/<name>")(self.show)
        routes.delete("/system/profiles/<name>")(self.delete)

    def names(self) -> Response:
        """The names of all profiles, and which one is the server's default."""
        return answer({"profiles": self._profiles.names(), "default": self._context.config.default_profile})

    def show(self, name: str) -> Response:
        """One profile."""
        try:
            return answer({"name": name, "config": _shown(name, self._profiles.load(name))})
        except ProfileStoreError as error:
            refuse(404, f"Profile not found: {name}", error)

    def save(self) -> Response:
        """Save a profile, which must be valid: in 0.1 one that could never be started was saved all the same."""
        body = read_body(_PROFILE)
        name = body["name"]
        try:
            refuse_file_names(self._context, body["config"])
            self._profiles.save(name, body["config"])
        except ProfileStoreError as error:
            refuse(400, f"Could not save profile: {name}", error)
        except RealtimeSttError as error:
            refuse(400, f"Could not save profile: {name}: {error}", error)
        return done(f"Profile '{name}' saved successfully", saved=True)

    def delete(self, name: str) -> Response:
        """Delete a profile of the user's."""
        try:
            self._profiles.delete(name)
        except ProfileStoreError as error:
            refuse(400, f"Could not delete profile: {name}", error)
        return done(f"Profile '{name}' deleted successfully", deleted=True)

    @property
    def _profiles(self) -> Profiles:
        return self._context.services.orchestrator.profiles


def _shown(name: str, profile: Mapping[str, Any]) -> Mapping[str, Any]:
    """A built-in profile as 0.1 had it: without the silence that ends an utterance, which is the usual one."""
    if name not in BUILT_IN_PROFILES:
        return profile
    vad = {key: value for key, value in profile["vad"].items() if key != "min_silence_duration"}
    return {**profile, "vad": vad}
