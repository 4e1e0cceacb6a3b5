"""Translation is Whisper's own task: the prompt asks for it, and greedy decoding goes on from there."""

import json
from typing import TYPE_CHECKING

import mlx.core as mx
import numpy as np
import pytest
from mlx.utils import tree_flatten
from tests.adapters.openai_transcription.local_service import running_service
from tests.adapters.speech_to_text.loaded_model import MODEL, engines, loaded_engine
from tests.adapters.speech_to_text.plain_decoding import EncodedAudio, decode_plainly

from realtime_mlx_stt.adapters.speech_to_text.engines import ENGINE
from realtime_mlx_stt.adapters.speech_to_text.network.token_rules import TokenRules
from realtime_mlx_stt.adapters.speech_to_text.runtime.package_modules import import_module
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.transcription import DecodingOptions, TranscriptionTask
from realtime_mlx_stt.ports.speech_to_text import NoTranslationError

if TYPE_CHECKING:
    from realtime_mlx_stt.adapters.speech_to_text.network.whisper_model import WhisperModel
    from realtime_mlx_stt.adapters.speech_to_text.text.transcriber import Transcriber

TRANSLATE, TRANSCRIBE = TranscriptionTask.TRANSLATE, TranscriptionTask.TRANSCRIBE
LONGEST = 8
DIMENSIONS = {
    "n_mels": 80,
    "n_audio_ctx": 1500,
    "n_audio_state": 16,
    "n_audio_head": 2,
    "n_audio_layer": 1,
    "n_vocab": 51_865,
    "n_text_ctx": 2 * LONGEST,
    "n_text_state": 16,
    "n_text_head": 2,
    "n_text_layer": 1,
}
NOISE = np.random.default_rng(1).normal(0.0, 0.1, SAMPLE_RATE_HZ).astype(np.float32)


@pytest.fixture(scope="module")
def multilingual(tmp_path_factory: pytest.TempPathFactory) -> "WhisperModel":
    """A model that knows every language, and of none of them anything: its weights are chance."""
    from realtime_mlx_stt.adapters.speech_to_text.network.whisper_model import load_model  # noqa: PLC0415 - it imports MLX

    folder = tmp_path_factory.mktemp("multilingual")
    whisper = import_module("whisper")
    network = whisper.Whisper(whisper.ModelDimensions(**DIMENSIONS), mx.float32)
    random = np.random.default_rng(0)
    shapes = dict(tree_flatten(network.parameters())).items()
    weights = {name: mx.array(random.standard_normal(array.shape).astype(np.float32)) for name, array in shapes}
    mx.save_safetensors(str(folder / "weights.safetensors"), weights)
    (folder / "config.json").write_text(json.dumps(DIMENSIONS))
    return load_model(folder)


@pytest.fixture(scope="module")
def transcriber(multilingual: "WhisperModel") -> "Transcriber":
    from realtime_mlx_stt.adapters.speech_to_text.text.transcriber import Transcriber  # noqa: PLC0415 - as above

    return Transcriber(multilingual)


def german(task: TranscriptionTask) -> DecodingOptions:
    return DecodingOptions(language="de", task=task)


def prompt(transcriber: "Transcriber", language: str, task: TranscriptionTask) -> list[str]:
    tokenizer = transcriber._model.tokenizer(language, task)
    return [tokenizer.encoding.decode([token]) for token in transcriber.rules(language, task).prompt]


def test_the_prompt_names_the_language_that_is_spoken_and_the_task(transcriber: "Transcriber") -> None:
    begin, end = "<|startoftranscript|>", "<|notimestamps|>"
    assert prompt(transcriber, "de", TRANSLATE) == [begin, "<|de|>", "<|translate|>", end]
    assert prompt(transcriber, "de", TRANSCRIBE) == [begin, "<|de|>", "<|transcribe|>", end]


@pytest.mark.parametrize("task", TranscriptionTask)
def test_what_is_written_is_what_plain_decoding_writes_behind_that_prompt(
    multilingual: "WhisperModel", transcriber: "Transcriber", task: TranscriptionTask
) -> None:
    heard = transcriber.growing_text(german(task)).write(NOISE)

    rules = TokenRules(multilingual.tokenizer("de", task), DIMENSIONS["n_vocab"])
    decoder = EncodedAudio(multilingual, NOISE, is_whole=True).decoder()
    assert heard.tokens == decode_plainly(decoder, rules, longest=LONGEST).tokens
    assert heard.transcription.language == "de"


def test_the_tasks_do_not_give_the_same_text(transcriber: "Transcriber") -> None:
    texts = {transcriber.growing_text(german(task)).write(NOISE).transcription.text for task in TranscriptionTask}
    assert len(texts) == 2


def test_a_model_for_english_only_names_the_one_to_take_instead() -> None:
    with pytest.raises(NoTranslationError, match=r"tiny\.en writes English only.* such as tiny\."):
        engines().check_translation(ENGINE, MODEL)
    with pytest.raises(NoTranslationError):
        loaded_engine().open_utterance(DecodingOptions(language="en", task=TRANSLATE))


@pytest.mark.parametrize("model", ["large-v3-turbo", "turbo", "mlx-community/whisper-large-v3-turbo"])
def test_a_model_that_was_never_trained_to_translate_is_not_asked_to(model: str) -> None:
    with pytest.raises(NoTranslationError, match=r"not trained to translate.* such as large-v3"):
        engines().check_translation(ENGINE, model)


def test_a_multilingual_model_may_be_asked_to_translate() -> None:
    engines().check_translation(ENGINE, "base")


def test_the_service_on_the_network_is_not_asked_for_translations() -> None:
    with running_service() as service:
        remote = service.engines()
        with pytest.raises(NoTranslationError, match="take the engine mlx_whisper"):
            remote.check_translation("openai", "whisper-1")
        with pytest.raises(NoTranslationError):
            remote.open("openai", "whisper-1").open_utterance(DecodingOptions(task=TRANSLATE))
        assert service.received == []
