"""What a profile says of the microphone."""

import pytest

from realtime_mlx_stt.application.profiles.schema import pipeline_config
from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.ports.audio_source import MicrophoneRequest


def test_the_default_microphone_is_followed_unless_the_profile_says_otherwise() -> None:
    assert pipeline_config({}).source == MicrophoneRequest(device=None, follows_default=True)
    kept = pipeline_config({"audio": {"follow_default": False}})
    assert kept.source == MicrophoneRequest(device=None, follows_default=False)


@pytest.mark.parametrize("value", [0, 1, "yes", "false", []])
def test_following_is_true_or_false(value: object) -> None:
    with pytest.raises(InvalidSettingError, match=r"audio\.follow_default must be true or false"):
        pipeline_config({"audio": {"follow_default": value}})


@pytest.mark.parametrize("device", [2, "USB"])
def test_the_microphone_is_a_number_or_a_part_of_a_name(device: int | str) -> None:
    assert pipeline_config({"audio": {"device": device}}).source == MicrophoneRequest(device=device)


@pytest.mark.parametrize("device", [True, 1.5, ["USB"]])
def test_anything_else_is_no_microphone(device: object) -> None:
    with pytest.raises(InvalidSettingError, match=r"audio\.device must be an index or a name"):
        pipeline_config({"audio": {"device": device}})
