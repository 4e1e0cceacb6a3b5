"""Has a model at hand, showing how far fetching and converting it have come."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from realtime_mlx_stt.adapters.cli.services import Services
from realtime_mlx_stt.domain.settings import TranscriptionSettings
from realtime_mlx_stt.ports.model_repository import ModelRepository

__all__ = ["have_model", "have_wanted_model"]


def have_wanted_model(services: Services, wanted: TranscriptionSettings, console: Console) -> None:
    """Have the model of a session to be at hand; that of a remote engine is the service's affair.

    Raises:
        ModelRepositoryError: the model cannot be had.
    """
    if not services.engines.is_remote(wanted.engine):
        have_model(services.models, wanted.model, console)


def have_model(models: ModelRepository, name: str, console: Console) -> Path:
    """The model's folder, once it is there; the bar appears only when there is something to wait for.

    Raises:
        ModelRepositoryError: the model cannot be had.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:

        def show(what: str, done: int, total: int | None) -> None:
            if not bar.tasks:
                bar.add_task(what, total=total)
            bar.update(bar.task_ids[0], description=what, completed=done, total=total)

        return models.pull(name, show)
