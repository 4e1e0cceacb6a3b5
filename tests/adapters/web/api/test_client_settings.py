"""A client names models, wake words and profiles, and never a file of the server."""

from pathlib import Path

import pytest
from tests.adapters.web.rig import WebRig

from realtime_mlx_stt.adapters.web.client_settings import client_configuration, refuse_file_names, refuse_folder
from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.ports.model_repository import UnknownModelError


@pytest.mark.parametrize("name", ["tiny.en", "large-v3-turbo", "mlx-community/whisper-tiny", "gpt-4o-transcribe"])
def test_a_model_may_be_named_as_models_are(name: str) -> None:
    refuse_folder(name)


@pytest.mark.parametrize(
    "name",
    ["/etc", "~", "~root/x", ".", "..", "../models", "a/../b", "a/b/c", "a/", "C:\\models", "a\x00b", "x" * 5000],
)
def test_a_model_may_not_be_named_as_files_are(name: str) -> None:
    with pytest.raises(UnknownModelError):
        refuse_folder(name)


def test_a_name_that_is_a_folder_where_the_server_runs_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models" / "mine").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for name in ("models", "models/mine"):
        with pytest.raises(UnknownModelError):
            refuse_file_names({"transcription": {"model": name}})


def test_a_wake_word_may_not_be_the_file_of_a_model() -> None:
    refuse_file_names({"wake_word": {"words": ["jarvis"]}})
    with pytest.raises(InvalidSettingError, match="not files"):
        refuse_file_names({"wake_word": {"words": ["jarvis", "/home/me/word.ONNX"]}})


def test_a_profile_of_the_servers_owner_may_name_a_folder() -> None:
    rig = WebRig()
    rig.rig.profiles.save("mine", {"transcription": {"model": "/srv/models/mine"}})
    context = rig.app.extensions["realtime_mlx_stt"]
    assert client_configuration(context, "mine").settings.transcription.model == "/srv/models/mine"
    assert client_configuration(context, None).settings.transcription.model == "tiny.en"
    rig.close()


@pytest.mark.parametrize(
    "overrides", [{"transcription": 3}, {"transcription": {"model": 3}}, {"wake_word": {"words": 3}}]
)
def test_what_is_no_setting_at_all_is_left_to_the_profiles(overrides: dict[str, object]) -> None:
    refuse_file_names(overrides)
    rig = WebRig()
    with pytest.raises(InvalidSettingError):
        client_configuration(rig.app.extensions["realtime_mlx_stt"], None, {"transcription": 3})
    rig.close()
