"""Loads a Whisper model: its weights in mlx-whisper's network, its tokenizers, and its spectrogram."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx.nn.layers.quantized import quantize
from mlx.utils import tree_unflatten

from realtime_mlx_stt.adapters.speech_to_text.network.decoder_steps import DecoderArithmetic
from realtime_mlx_stt.adapters.speech_to_text.network.device_steps import DeviceArithmetic
from realtime_mlx_stt.adapters.speech_to_text.network.log_mel import LogMel
from realtime_mlx_stt.adapters.speech_to_text.network.processor_decoder import ProcessorDecoder
from realtime_mlx_stt.adapters.speech_to_text.network.processor_encoder import ProcessorEncoder
from realtime_mlx_stt.adapters.speech_to_text.network.processor_steps import ProcessorArithmetic
from realtime_mlx_stt.adapters.speech_to_text.network.processor_weights import encoder_weights, processor_weights
from realtime_mlx_stt.adapters.speech_to_text.runtime.package_modules import import_module
from realtime_mlx_stt.domain.transcription import TranscriptionTask
from realtime_mlx_stt.ports.speech_to_text import SpeechToTextError

__all__ = ["WhisperModel", "load_model"]

_NOT_FOR_THE_NETWORK = ("model_type", "quantization")


@dataclass(frozen=True, slots=True, kw_only=True)
class WhisperModel:
    """A loaded model.

    ``network`` is an ``mlx_whisper.whisper.Whisper``; ``tokenizer`` makes one for a language and a task.
    ``alignment_heads`` are the (decoder layer, head) pairs whose attention follows the speech. ``decoder`` runs the
    network's decoder. ``encoder`` runs its encoder on the processor; None where MLX computes it.
    """

    network: Any
    tokenizer: Callable[[str | None, TranscriptionTask], Any]
    log_mel: LogMel
    dtype: mx.Dtype
    is_multilingual: bool
    alignment_heads: tuple[tuple[int, int], ...]
    decoder: DecoderArithmetic
    encoder: ProcessorEncoder | None


def load_model(folder: Path) -> WhisperModel:
    """Read the model in MLX's layout: float16 on the GPU; float32 on the CPU, whose BLAS knows nothing smaller.

    Quantised weights stay quantised on the GPU, and are made float32 for the CPU.

    Raises:
        SpeechToTextError: the files cannot be read or are not a Whisper model.
    """
    is_on_gpu = mx.default_device() == mx.Device(mx.gpu)
    dtype = mx.float16 if is_on_gpu else mx.float32
    whisper = import_module("whisper")
    try:
        network = _read_network(whisper, folder, dtype)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise SpeechToTextError(f"The model in {folder} cannot be loaded: {error}") from error
    heads = tuple((int(layer), int(head)) for layer, head in network.alignment_heads.tolist())
    return WhisperModel(
        network=network,
        tokenizer=_tokenizers(network),
        log_mel=LogMel(Path(whisper.__file__).parent / "assets" / "mel_filters.npz", network.dims.n_mels),
        dtype=dtype,
        is_multilingual=bool(network.is_multilingual),
        alignment_heads=heads,
        decoder=_decoder_arithmetic(network.decoder, heads, is_on_gpu),
        encoder=None if is_on_gpu else ProcessorEncoder(encoder_weights(network.encoder)),
    )


def _read_network(whisper: Any, folder: Path, dtype: mx.Dtype) -> Any:
    config = json.loads((folder / "config.json").read_bytes())
    dimensions = {name: size for name, size in config.items() if name not in _NOT_FOR_THE_NETWORK}
    network = whisper.Whisper(whisper.ModelDimensions(**dimensions), dtype)
    file = next(path for path in (folder / "weights.safetensors", folder / "weights.npz") if path.exists())
    weights: dict[str, mx.array] = dict(mx.load(str(file)))  # type: ignore[arg-type]  # a file of many arrays
    quantization = config.get("quantization")
    if quantization is not None and dtype == mx.float32:
        weights = _dequantised(weights, **quantization)
    elif quantization is not None:
        quantize(network, **quantization, class_predicate=lambda path, _: f"{path}.scales" in weights)
    network.update(tree_unflatten([(name, _cast(array, dtype)) for name, array in weights.items()]))
    mx.eval(network.parameters())
    return network


def _dequantised(weights: dict[str, mx.array], *, group_size: int, bits: int) -> dict[str, mx.array]:
    """The weights as floats, which the CPU multiplies many times faster than MLX's quantised numbers."""
    plain: dict[str, mx.array] = {}
    for name, array in weights.items():
        path, _, part = name.rpartition(".")
        if f"{path}.scales" not in weights or part not in ("weight", "scales", "biases"):
            plain[name] = array
        elif part == "weight":
            scales, biases = weights[f"{path}.scales"], weights[f"{path}.biases"]
            plain[name] = mx.dequantize(array, scales, biases, group_size, bits)
    return plain


def _cast(array: mx.array, dtype: mx.Dtype) -> mx.array:
    return array.astype(dtype) if mx.issubdtype(array.dtype, mx.floating) else array


def _decoder_arithmetic(decoder: Any, heads: tuple[tuple[int, int], ...], is_on_gpu: bool) -> DecoderArithmetic:
    """The decoder's arithmetic: NumPy's on the processor, MLX's on the GPU."""
    if is_on_gpu:
        return DeviceArithmetic(decoder, heads, is_compiled=True)
    return ProcessorArithmetic(ProcessorDecoder(processor_weights(decoder, heads)))


def _tokenizers(network: Any) -> Callable[[str | None, TranscriptionTask], Any]:
    module = import_module("tokenizer")

    def tokenizer(language: str | None, task: TranscriptionTask) -> Any:
        return module.get_tokenizer(
            network.is_multilingual, num_languages=network.num_languages, language=language, task=task.value
        )

    return tokenizer
