"""A clip for tests that need only one."""

import pytest
from tests.adapters.speech_to_text.clips import Clip, clip


@pytest.fixture
def short_clip() -> Clip:
    return clip("cards-003")
