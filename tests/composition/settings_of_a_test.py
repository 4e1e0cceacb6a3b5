"""Where a container of a test keeps everything: in the test's own folder."""

from pathlib import Path

from realtime_mlx_stt.composition.settings import RuntimeSettings

__all__ = ["settings"]


def settings(folder: Path, database: Path | None) -> RuntimeSettings:
    """Of a program whose folders are in ``folder``; ``database`` None keeps the log in memory."""
    return RuntimeSettings(
        database=database,
        cache_folder=folder / "cache",
        profiles_folder=folder / "profiles",
        recordings_folder=folder / "recordings",
    )
