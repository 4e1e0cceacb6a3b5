"""A model repository over a folder of a test's."""

from dataclasses import dataclass, field
from pathlib import Path

from tests.adapters.speech_to_text.loaded_model import MODEL

from realtime_mlx_stt.ports.model_repository import (
    ModelDescription,
    ModelUnreachableError,
    PullProgress,
    UnknownModelError,
)

__all__ = ["OneFolder"]


@dataclass
class OneFolder:
    """A model repository that has one folder, whatever is asked for."""

    folder: Path
    pulls: list[str] = field(default_factory=list)

    def models(self) -> tuple[ModelDescription, ...]:
        return ()

    def require_known(self, name: str) -> None:
        if name != MODEL:
            raise UnknownModelError("There is no such model.")

    def pull(self, name: str, progress: PullProgress | None = None) -> Path:
        self.pulls.append(name)
        if not self.folder.exists():
            raise ModelUnreachableError("There is no such folder.")
        return self.folder

    def verify(self, name: str) -> ModelDescription:
        raise AssertionError("nothing is verified")
