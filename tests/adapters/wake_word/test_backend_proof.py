"""A backend is taken when it hears a known recording as it should, and for no other reason."""

from pathlib import Path

import numpy as np
import pytest
from tests.adapters.wake_word.backends import BACKENDS, MODELS
from tests.adapters.wake_word.distorted_backend import DistortedBackend, Distortion

from realtime_mlx_stt.adapters.wake_word.backend_proof import known_embeddings, prove_features, prove_words
from realtime_mlx_stt.adapters.wake_word.model_backend import Floats, ModelBackend
from realtime_mlx_stt.adapters.wake_word.onnx_backend import OnnxBackend
from realtime_mlx_stt.ports.wake_word import WakeWordError

WRONG_EMBEDDINGS: dict[str, Distortion] = {
    "nothing": np.zeros_like,
    "not a number": lambda values: values * np.float32("nan"),
    "infinite": lambda values: np.full_like(values, np.inf),
    "upside down": np.negative,
    "in another order": lambda values: np.roll(values, 1, axis=-1),
    "a little too loud": lambda values: values * np.float32(1.02),
    "a little beside": lambda values: values + np.float32(0.6),
    "one number wrong": lambda values: values + np.float32(2.0) * np.eye(1, 96, 17, dtype=np.float32)[0],
}


def known_word(backend: ModelBackend) -> Path:
    return MODELS / f"alexa_v0.1{backend.suffix}"


@pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: backend.name)
def test_what_this_machine_computes_is_what_is_known(backend: ModelBackend) -> None:
    proved = prove_features(backend, MODELS, known_word(backend))
    assert proved.score > 0.99
    prove_words(backend, known_word(backend))


def test_the_known_embeddings_are_those_of_the_releases_that_there_are() -> None:
    known = known_embeddings()
    assert (known.shape, known.dtype) == ((2, 16, 96), np.dtype(np.float32))
    assert np.max(np.abs(known[0] - known[1])) > 5.0


@pytest.mark.parametrize("wrong", WRONG_EMBEDDINGS)
def test_wrong_embeddings_are_found_out(wrong: str) -> None:
    broken = DistortedBackend(OnnxBackend(), "embedding_model", WRONG_EMBEDDINGS[wrong])
    with pytest.raises(WakeWordError, match=r"the embeddings are off by .*, and 0\.5 is allowed"):
        prove_features(broken, MODELS, known_word(broken))


def test_wrong_spectrograms_are_found_out_too() -> None:
    broken = DistortedBackend(OnnxBackend(), "melspectrogram", lambda mel: mel + np.float32(3.0))
    with pytest.raises(WakeWordError, match="the embeddings are off by"):
        prove_features(broken, MODELS, known_word(broken))


@pytest.mark.parametrize("score", [0.0, 0.89])
def test_a_wrong_score_is_found_out(score: float) -> None:
    broken = DistortedBackend(OnnxBackend(), "alexa", lambda scores: np.full_like(scores, score))
    for prove in (
        lambda: prove_features(broken, MODELS, known_word(broken)),
        lambda: prove_words(broken, known_word(broken)),
    ):
        with pytest.raises(WakeWordError, match=f"'alexa' a score of {score:.2f} instead of 1.00"):
            prove()


def test_rounding_is_no_error() -> None:
    """Another processor adds up in another order."""
    rounding = np.random.default_rng(3)

    def rounded(values: Floats) -> Floats:
        return (values + rounding.uniform(-0.01, 0.01, values.shape)).astype(np.float32)

    other = DistortedBackend(OnnxBackend(), "embedding_model", rounded)
    assert prove_features(other, MODELS, known_word(other)).score > 0.99


def test_a_model_that_stops_running_is_an_error_of_the_port() -> None:
    def fail(_values: Floats) -> Floats:
        raise RuntimeError("no more memory")

    broken = DistortedBackend(OnnxBackend(), "embedding_model", fail)
    with pytest.raises(WakeWordError, match="It does not run: no more memory"):
        prove_features(broken, MODELS, known_word(broken))


def test_a_release_without_models_of_that_kind_is_said(tmp_path: Path) -> None:
    with pytest.raises(WakeWordError, match=r"There are no \.onnx models in"):
        prove_features(OnnxBackend(), tmp_path, tmp_path / "alexa_v0.1.onnx")
