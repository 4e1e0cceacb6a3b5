"""The fast BLAS comes before MLX, which the tests of this folder import."""

import pytest
from tests.adapters.speech_to_text.clips import Clip, clip

from realtime_mlx_stt.adapters.speech_to_text.fast_blas import load_fast_blas

load_fast_blas()


@pytest.fixture
def short_clip() -> Clip:
    return clip("cards-003")
