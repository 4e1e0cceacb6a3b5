"""A model reads the same from each of the layouts, and what is no model, or half of one, is told apart."""

import errno
import json
import os
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.model_repository.made_up_models import (
    ALIGNMENT_HEADS,
    DIMENSIONS,
    Tensors,
    ctranslate2_content,
    made_up_tensors,
    read_weights,
    write_ctranslate2,
    write_mlx,
    write_npz,
    write_transformers,
)
from tests.adapters.model_repository.made_up_wheels import wheels_in

from realtime_mlx_stt.adapters.model_repository.ctranslate2_file import read_variables
from realtime_mlx_stt.adapters.model_repository.damage import reading
from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.ports.model_repository import ModelCorruptError, UnknownModelError

TENSORS = made_up_tensors()
Writer = Callable[[Path, Tensors], Path]

WRITERS: dict[str, Writer] = {
    "CTranslate2": write_ctranslate2,
    "transformers": write_transformers,
    "transformers in shards": lambda folder, tensors: write_transformers(folder, tensors, shards=3),
    "transformers without prefix": lambda folder, tensors: write_transformers(folder, tensors, prefix=""),
}


@pytest.fixture
def repository(tmp_path: Path) -> WhisperModelRepository:
    return WhisperModelRepository(tmp_path / "cache", wheels=wheels_in(tmp_path))


@pytest.mark.parametrize("layout", WRITERS)
def test_each_layout_gives_the_same_weights(
    repository: WhisperModelRepository, tmp_path: Path, layout: str
) -> None:
    folder = repository.pull(str(WRITERS[layout](tmp_path / "model", TENSORS)))
    weights = read_weights(folder)
    assert weights.pop("alignment_heads").tolist() == ALIGNMENT_HEADS
    assert weights.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        np.testing.assert_array_equal(weights[name], tensor, strict=True)
    assert json.loads((folder / "config.json").read_bytes()) == DIMENSIONS


@pytest.mark.parametrize("layout", WRITERS)
def test_a_converted_folder_is_a_folder_with_a_model_itself(
    repository: WhisperModelRepository, tmp_path: Path, layout: str
) -> None:
    folder = repository.pull(str(WRITERS[layout](tmp_path / "model", TENSORS)))
    assert repository.pull(str(folder)) == folder


@pytest.mark.parametrize("write", [write_mlx, write_npz])
def test_mlx_folders_stay_where_they_are(repository: WhisperModelRepository, tmp_path: Path, write: Writer) -> None:
    folder = write(tmp_path / "model", TENSORS)
    assert repository.pull(str(folder)) == folder
    assert not (tmp_path / "cache").exists()


def test_a_model_without_alignment_heads_is_converted_without_them(
    repository: WhisperModelRepository, tmp_path: Path
) -> None:
    folder = write_ctranslate2(tmp_path / "model", TENSORS)
    (folder / "config.json").write_text('{"alignment_heads": null}')
    assert "alignment_heads" not in read_weights(repository.pull(str(folder)))


# CTranslate2's quantised files: the integer divided by the scale is the value.


def _int8(matrix: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    scales = (127 / np.abs(matrix.astype(np.float32)).max(axis=1)).astype(np.float32)
    return np.rint(matrix * scales[:, None]).astype(np.int8), scales


def _int16(matrix: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    scale = np.array(1000.0, dtype=np.float32)
    return np.rint(matrix.astype(np.float32) * scale).astype(np.int16), scale


@pytest.mark.parametrize(("quantise", "error"), [(_int8, 0.02), (_int16, 0.001)])
def test_quantised_ctranslate2_models_are_near_the_original(
    repository: WhisperModelRepository, tmp_path: Path, quantise: Any, error: float
) -> None:
    weights = read_weights(repository.pull(str(write_ctranslate2(tmp_path / "model", TENSORS, quantise))))
    for name, tensor in TENSORS.items():
        np.testing.assert_allclose(weights[name], tensor, atol=error)


def test_bfloat16_in_transformers_layout_becomes_the_same_float32(
    repository: WhisperModelRepository, tmp_path: Path
) -> None:
    tensors = {name: _exact_in_bfloat16(tensor) for name, tensor in made_up_tensors(dtype=np.float32).items()}
    folder = write_transformers(tmp_path / "model", tensors)
    _store_as_bfloat16(folder / "model.safetensors")
    weights = read_weights(repository.pull(str(folder)))
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(weights[name], tensor, strict=True)


def _exact_in_bfloat16(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return (values.view(np.uint32) & 0xFFFF0000).view(np.float32)


def _store_as_bfloat16(path: Path) -> None:
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    data = content[8 + size :]
    halved = b""
    for description in header.values():
        first, end = description["data_offsets"]
        upper_halves = np.frombuffer(data[first:end], dtype=np.uint16)[1::2].tobytes()
        description |= {"dtype": "BF16", "data_offsets": [len(halved), len(halved) + len(upper_halves)]}
        halved += upper_halves
    encoded = json.dumps(header).encode()
    path.write_bytes(len(encoded).to_bytes(8, "little") + encoded + halved)


# What is no model


def test_a_folder_without_a_model_is_told_what_a_model_would_be(
    repository: WhisperModelRepository, tmp_path: Path
) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "config.json").write_text('{"architectures": null}')
    (tmp_path / "notes" / "model.safetensors").write_bytes(b"")
    for ask in (repository.pull, repository.verify):
        with pytest.raises(
            UnknownModelError, match=r"notes holds no Whisper model.*weights\.safetensors.*model\.bin"
        ):
            ask(str(tmp_path / "notes"))


def test_a_transformers_model_of_another_kind_is_no_whisper(
    repository: WhisperModelRepository, tmp_path: Path
) -> None:
    folder = write_transformers(tmp_path / "model", TENSORS)
    (folder / "config.json").write_text('{"architectures": ["BertModel"], "model_type": "bert"}')
    with pytest.raises(UnknownModelError):
        repository.pull(str(folder))


# Half a model


def _cut(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize(
    ("write", "name"),
    [
        (write_mlx, "weights.safetensors"),
        (write_npz, "weights.npz"),
        (write_ctranslate2, "model.bin"),
        (write_ctranslate2, "config.json"),
        (write_transformers, "model.safetensors"),
        (write_transformers, "generation_config.json"),
        (WRITERS["transformers in shards"], "model.safetensors.index.json"),
        (WRITERS["transformers in shards"], "model-00002-of-00003.safetensors"),
    ],
)
def test_a_file_cut_short_is_told(
    repository: WhisperModelRepository, tmp_path: Path, write: Writer, name: str
) -> None:
    folder = write(tmp_path / "model", TENSORS)
    _cut(folder, name)
    for ask in (repository.pull, repository.verify):
        with pytest.raises(ModelCorruptError, match=str(folder)):
            ask(str(folder))
    assert not list(tmp_path.glob("cache/models/model-*"))


@pytest.mark.parametrize(
    ("write", "name"),
    [
        (write_ctranslate2, "config.json"),
        (WRITERS["transformers in shards"], "model-00003-of-00003.safetensors"),
    ],
)
def test_a_missing_file_is_named(
    repository: WhisperModelRepository, tmp_path: Path, write: Writer, name: str
) -> None:
    folder = write(tmp_path / "model", TENSORS)
    (folder / name).unlink()
    for ask in (repository.pull, repository.verify):
        with pytest.raises(ModelCorruptError, match=f"there is no {name}"):
            ask(str(folder))


LACKING = {name: tensor for name, tensor in TENSORS.items() if name != "decoder.blocks.1.cross_attn.key.weight"}


@pytest.mark.parametrize("write", [write_mlx, write_npz])
def test_an_mlx_folder_that_lacks_a_tensor_is_refused(
    repository: WhisperModelRepository, tmp_path: Path, write: Writer
) -> None:
    """MLX would go on with random weights in its place."""
    folder = write(tmp_path / "model", LACKING)
    for ask in (repository.pull, repository.verify):
        with pytest.raises(ModelCorruptError, match=r"decoder\.blocks\.1\.cross_attn\.key\.weight"):
            ask(str(folder))


def test_a_transformers_model_that_lacks_a_tensor_is_refused(
    repository: WhisperModelRepository, tmp_path: Path
) -> None:
    folder = write_transformers(tmp_path / "model", LACKING)
    with pytest.raises(ModelCorruptError, match=r"decoder\.blocks\.1\.cross_attn\.key\.weight"):
        repository.pull(str(folder))


def test_a_tensor_of_another_shape_is_refused(repository: WhisperModelRepository, tmp_path: Path) -> None:
    tensors = TENSORS | {"encoder.conv1.bias": np.zeros(9, dtype=np.float16)}
    folder = write_transformers(tmp_path / "model", tensors)
    with pytest.raises(ModelCorruptError, match=r"encoder\.conv1\.bias has the shape \(9,\), expected \(8,\)"):
        repository.pull(str(folder))


def test_dimensions_that_are_not_there_are_told(repository: WhisperModelRepository, tmp_path: Path) -> None:
    folder = write_mlx(tmp_path / "model", TENSORS)
    (folder / "config.json").write_text('{"n_audio_state": 8}')
    with pytest.raises(ModelCorruptError, match="n_mels"):
        repository.pull(str(folder))


def test_a_file_that_cannot_be_read_is_blamed_itself() -> None:
    """Else the cache would be, which may be in order."""
    because = "^The model cannot be read as a Whisper model: .* not permitted"
    with pytest.raises(ModelCorruptError, match=because), reading("The model"):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def test_a_kernel_that_is_none_is_refused(repository: WhisperModelRepository, tmp_path: Path) -> None:
    folder = write_ctranslate2(tmp_path / "model", TENSORS)
    kernel, flat = b"\x03" + struct.pack("<3I", 8, 5, 3), b"\x01" + struct.pack("<I", 120)
    content = (folder / "model.bin").read_bytes()
    assert content.count(kernel) == 1
    (folder / "model.bin").write_bytes(content.replace(kernel, flat))
    for ask in (repository.pull, repository.verify):
        with pytest.raises(ModelCorruptError, match=str(folder)):
            ask(str(folder))


CONTENT = ctranslate2_content(TENSORS)


@given(st.integers(min_value=0, max_value=len(CONTENT) - 1))
def test_a_ctranslate2_file_cut_anywhere_is_refused_and_never_misread(length: int) -> None:
    with pytest.raises(ValueError, match="it ends at byte"):
        read_variables(np.frombuffer(CONTENT[:length], dtype=np.uint8))


@given(st.binary(min_size=1, max_size=64), st.integers(min_value=0, max_value=len(CONTENT) - 64))
def test_a_ctranslate2_file_with_other_bytes_in_it_is_refused_or_read(other: bytes, position: int) -> None:
    """Only by ``ValueError``, however odd the lengths, types and names become."""
    content = CONTENT[:position] + other + CONTENT[position + len(other) :]
    with suppress(ValueError):
        read_variables(np.frombuffer(content, dtype=np.uint8))


@pytest.mark.parametrize(
    ("is_multilingual", "vocabulary"), [(False, 51_864), (True, 51_865), (True, 51_866)], ids=str
)
def test_the_vocabulary_tells_whether_a_folder_is_multilingual(
    repository: WhisperModelRepository, tmp_path: Path, is_multilingual: bool, vocabulary: int
) -> None:
    folder = write_mlx(tmp_path / "model", TENSORS, n_vocab=vocabulary)
    assert repository.verify(str(folder)).is_multilingual == is_multilingual


def test_a_quantised_mlx_folder_is_accepted(repository: WhisperModelRepository, tmp_path: Path) -> None:
    """Its matrices keep their names, as integers, with scales and biases beside them."""
    quantised = dict(TENSORS)
    for name, tensor in TENSORS.items():
        if tensor.ndim == 2 and name.endswith(".weight"):
            quantised[name] = np.zeros((len(tensor), 1), dtype=np.uint32)
            quantised[name.removesuffix("weight") + "scales"] = np.ones((len(tensor), 1), dtype=np.float16)
            quantised[name.removesuffix("weight") + "biases"] = np.ones((len(tensor), 1), dtype=np.float16)
    folder = write_mlx(tmp_path / "model", quantised, quantization={"group_size": 64, "bits": 4})
    assert repository.pull(str(folder)) == folder
    assert repository.verify(str(folder)).is_available
