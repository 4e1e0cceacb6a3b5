"""The fast BLAS comes before MLX, whichever test imports that first; afterwards it would be too late."""

from realtime_mlx_stt.adapters.speech_to_text.runtime.fast_blas import load_fast_blas

load_fast_blas()
