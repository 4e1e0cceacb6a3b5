"""Decides where things are kept on this machine, by the environment and the system's conventions."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

__all__ = ["CACHE_VARIABLE", "RuntimeSettings"]

CACHE_VARIABLE: Final = "REALTIME_MLX_STT_CACHE"
"""The variable that names another folder for converted models."""

_APPLICATION: Final = "realtime-mlx-stt"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeSettings:
    """The files and folders of one program; ``database`` None keeps the log in memory.

    ``is_database_named`` when the user named it: then it is an error if there is none to be read.
    """

    database: Path | None
    cache_folder: Path
    profiles_folder: Path
    recordings_folder: Path
    is_database_named: bool = False

    @classmethod
    def of_this_machine(
        cls, environment: Mapping[str, str], *, database: Path | None = None, is_ephemeral: bool = False
    ) -> "RuntimeSettings":
        """The user's own folders; ``database`` None is the user's database, unless it is to be ``is_ephemeral``.

        Recordings are beside their database: in ``recordings`` beside the user's, beside another in a folder of
        its name and ``.recordings``.
        """
        data = Path(platformdirs.user_data_dir(_APPLICATION))
        own = data / "sessions.db"
        is_own = database is None or database.absolute() == own
        return cls(
            database=None if is_ephemeral else database or own,
            cache_folder=Path(environment.get(CACHE_VARIABLE) or platformdirs.user_cache_dir(_APPLICATION)),
            profiles_folder=Path(platformdirs.user_config_dir(_APPLICATION)) / "profiles",
            recordings_folder=data / "recordings" if is_own else Path(f"{database}.recordings"),
            is_database_named=database is not None,
        )
