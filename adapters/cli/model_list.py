"""Lists, fetches and checks models."""

from realtime_mlx_stt.adapters.cli.model_progress import have_model
from realtime_mlx_stt.adapters.cli.tables import TerminalConsole, list_console, plain_table
from realtime_mlx_stt.ports.model_repository import ModelRepository

__all__ = ["print_models", "pull_model", "verify_model"]


def print_models(models: ModelRepository) -> None:
    """Print one line per model."""
    table = plain_table("model", "languages", "size", "here", "from")
    for model in models.models():
        table.add_row(
            model.name,
            "many" if model.is_multilingual else "English",
            _megabytes(model.size_bytes),
            "yes" if model.is_available else "no",
            model.origin,
        )
    list_console().print(table)


def pull_model(models: ModelRepository, name: str) -> None:
    """Have the model at hand, and say where it is.

    Raises:
        ModelRepositoryError: it cannot be had.
    """
    folder = have_model(models, name, TerminalConsole(stderr=True, highlight=False))
    list_console().print(f"{name} is ready in {folder}")


def verify_model(models: ModelRepository, name: str) -> None:
    """Check the model, and say that it is whole.

    Raises:
        ModelRepositoryError: it is not.
    """
    description = models.verify(name)
    list_console().print(f"{name} is what was published, from {description.origin}", markup=False)


def _megabytes(size_bytes: int | None) -> str:
    return "" if size_bytes is None else f"{size_bytes / 1e6:.0f} MB"
