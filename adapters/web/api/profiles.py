"""Provides profiles, the starting points of sessions: the built-in ones and those of the server's users."""

from realtime_mlx_stt.adapters.web.api.operations import API_ROOT, JSON, Answer, Operation, Reply
from realtime_mlx_stt.adapters.web.api.profile_types import (
    ProfileItem,
    ProfileList,
    ProfileSections,
    ProfileView,
)
from realtime_mlx_stt.adapters.web.client_settings import refuse_file_names
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.application.profiles.profiles import BUILT_IN_PROFILES

__all__ = ["ProfileResources"]


class ProfileResources:
    """Lists, shows, saves and deletes profiles. Thread-safe."""

    def __init__(self, context: WebContext) -> None:
        self._context = context

    def operations(self) -> tuple[Operation, ...]:
        """The part of the table that is about this."""
        return (
            Operation(
                method="GET",
                path="/profiles",
                name="list_profiles",
                group="Profiles",
                summary="List the profiles",
                handle=self.list,
                answers=(Answer(meaning="All profiles.", media={JSON: ProfileList}),),
                problems=("profile-store",),
            ),
            Operation(
                method="GET",
                path="/profiles/{profile_name}",
                name="show_profile",
                group="Profiles",
                summary="Show a profile",
                handle=self.show,
                answers=(Answer(meaning="The profile as it was saved.", media={JSON: ProfileView}),),
                problems=("profile-name", "profile-not-found", "profile-store"),
            ),
            Operation(
                method="PUT",
                path="/profiles/{profile_name}",
                name="save_profile",
                group="Profiles",
                summary="Save a profile, replacing one of the same name",
                description="Names are letters, digits, `-`, `_` and inner dots, at most 64 characters.",
                handle=self.save,
                body=ProfileSections,
                answers=(
                    Answer(meaning="It was replaced.", media={JSON: ProfileView}),
                    Answer(
                        status=201,
                        meaning="It is new.",
                        media={JSON: ProfileView},
                        headers={"Location": "Where it is shown."},
                    ),
                ),
                problems=("invalid-setting", "profile-name", "profile-store", "unknown-model"),
                example='{"description": "For dictation", "vad": {"min_silence_duration": 1.5}}',
            ),
            Operation(
                method="DELETE",
                path="/profiles/{profile_name}",
                name="delete_profile",
                group="Profiles",
                summary="Delete a profile",
                handle=self.delete,
                answers=(Answer(status=204, meaning="It is gone."),),
                problems=("profile-name", "profile-not-found", "profile-store"),
            ),
        )

    def list(self) -> ProfileList:
        """All profiles."""
        profiles = self._context.services.orchestrator.profiles
        items = [
            ProfileItem(
                name=name,
                is_built_in=name in BUILT_IN_PROFILES,
                description=str(profiles.load(name).get("description", "")),
            )
            for name in profiles.names()
        ]
        return ProfileList(profiles=tuple(items), default=self._context.config.default_profile)

    def show(self, profile_name: str) -> ProfileView:
        """One profile."""
        profile = self._context.services.orchestrator.profiles.load(profile_name)
        return ProfileView(name=profile_name, is_built_in=profile_name in BUILT_IN_PROFILES, profile=dict(profile))

    def save(self, profile_name: str, body: ProfileSections) -> Reply:
        """Save a profile that names no file."""
        refuse_file_names(self._context, body)
        profiles = self._context.services.orchestrator.profiles
        is_new = profile_name not in profiles.names()
        profiles.save(profile_name, body)
        headers = {"Location": f"{API_ROOT}/profiles/{profile_name}"} if is_new else {}
        return Reply(value=self.show(profile_name), status=201 if is_new else 200, headers=headers)

    def delete(self, profile_name: str) -> Reply:
        """Delete a profile."""
        self._context.services.orchestrator.profiles.delete(profile_name)
        return Reply(status=204)
