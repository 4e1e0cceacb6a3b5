"""Programs can ask which model to take where nobody chose one."""

import pytest
from tests.adapters.python_api.process import FakeProcess

from realtime_mlx_stt.adapters.python_api.configuration.enumerations import TranscriptionEngine
from realtime_mlx_stt.adapters.python_api.model_loading import model_for_this_machine


def test_it_is_the_one_that_the_engine_takes_by_itself(process: FakeProcess) -> None:
    usual = process.rig.orchestrator.configure_profile("vad-triggered").settings.transcription.model
    assert model_for_this_machine() == usual
    assert model_for_this_machine("mlx_whisper") == model_for_this_machine(TranscriptionEngine.MLX_WHISPER) == usual


@pytest.mark.usefixtures("process")
def test_there_is_none_for_an_unknown_engine() -> None:
    with pytest.raises(ValueError, match=r"^Unknown engine 'whisper\.cpp'"):
        model_for_this_machine("whisper.cpp")
