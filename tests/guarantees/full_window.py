"""Writes the yardstick of the live engine: what mlx-whisper makes of each set, greedily and in its full window.

``python -m tests.guarantees.full_window``; with two models and no GPU it takes ten minutes.
"""

import importlib
import json
from typing import TYPE_CHECKING, Final

from tests.guarantees.speech_sets import SETS, YARDSTICK, speech_set

from realtime_mlx_stt.adapters.model_repository.repository import WhisperModelRepository
from realtime_mlx_stt.adapters.speech_to_text.runtime.fast_blas import load_fast_blas

if TYPE_CHECKING:
    from tests.adapters.speech_to_text.clips import Clip

__all__ = ["MODELS", "main"]

MODELS: Final = ("tiny.en", "base")
_COMMAND: Final = "python -m tests.guarantees.full_window"


def main() -> None:
    """Decode everything and write the file anew."""
    load_fast_blas()
    texts = {model: {name: _texts(model, speech_set(name)) for name in SETS} for model in MODELS}
    written = {"made_by": _COMMAND, "texts": texts}
    YARDSTICK.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _texts(model: str, clips: "tuple[Clip, ...]") -> dict[str, str]:
    sound, decoding, mx = (
        importlib.import_module(name)  # only now: they import MLX, which must find the BLAS
        for name in ("mlx_whisper.audio", "mlx_whisper.decoding", "mlx.core")
    )
    load_model = importlib.import_module("mlx_whisper.load_models").load_model
    network = load_model(str(WhisperModelRepository().pull(model)), mx.float32)
    options = decoding.DecodingOptions(language="en", temperature=0.0, without_timestamps=True, fp16=False)
    texts = {}
    for clip in clips:
        heard = sound.log_mel_spectrogram(clip.audio, n_mels=network.dims.n_mels, padding=sound.N_SAMPLES)
        window = sound.pad_or_trim(heard, sound.N_FRAMES, axis=-2)
        texts[clip.name] = decoding.decode(network, window, options).text.strip()
    return texts


if __name__ == "__main__":
    main()
