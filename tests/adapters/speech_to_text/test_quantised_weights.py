"""A model whose weights were quantised is loaded and used like any other."""

import json
from pathlib import Path

import mlx.core as mx
import pytest
from mlx.nn.layers.quantized import quantize
from mlx.utils import tree_flatten
from tests.adapters.speech_to_text.clips import clip
from tests.adapters.speech_to_text.loaded_model import MODEL
from tests.adapters.speech_to_text.one_folder import OneFolder

from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.adapters.speech_to_text.mlx_whisper_engine import MlxWhisper
from realtime_mlx_stt.adapters.speech_to_text.network.whisper_model import load_model
from realtime_mlx_stt.domain.transcription import DecodingOptions


def quantised(folder: Path, bits: int) -> Path:
    """``tiny.en`` with weights of so many bits, written as MLX's own tools do."""
    source = WhisperModelRepository().pull(MODEL)
    network = load_model(source).network
    quantize(network, group_size=64, bits=bits)
    mx.save_safetensors(str(folder / "weights.safetensors"), dict(tree_flatten(network.parameters())))
    config = json.loads((source / "config.json").read_bytes()) | {"quantization": {"group_size": 64, "bits": bits}}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize(("bits", "expected"), [(8, "seven of clubs"), (4, "of clubs")])
def test_the_engine_writes_with_quantised_weights(tmp_path: Path, bits: int, expected: str) -> None:
    engine = MlxWhisper(MODEL, OneFolder(quantised(tmp_path, bits)))
    engine.load()

    text = engine.open_utterance(DecodingOptions(language="en")).decode(clip("cards-003").audio, final=True)

    assert expected in text.text.lower().replace("7", "seven")
    assert text.words[-1].end_sample <= clip("cards-003").audio.size
