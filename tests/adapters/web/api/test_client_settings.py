"""A client names models, wake words and profiles, and never a file of the server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.adapters.web.rig import WebRig

from realtime_mlx_stt.adapters.web.client_settings import client_configuration, refuse_file_names, refuse_folder
from realtime_mlx_stt.adapters.web.context import WebContext
from realtime_mlx_stt.domain.errors import InvalidSettingError
from realtime_mlx_stt.ports.model_repository import UnknownModelError


@pytest.fixture
def context() -> Iterator[WebContext]:
    rig = WebRig()
    yield rig.app.extensions["realtime_mlx_stt"]
    rig.close()


@pytest.fixture
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the server runs; it has folders in it."""
    for name in ("models/mine", "tiny.en"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["tiny.en", "large-v3-turbo", "mlx-community/whisper-tiny", "gpt-4o-transcribe"])
def test_a_model_may_be_named_as_models_are(context: WebContext, name: str) -> None:
    refuse_folder(context, name)


@pytest.mark.parametrize(
    "name",
    ["/etc", "~", "~root/x", ".", "..", "../models", "a/../b", "a/b/c", "a/", "C:\\models", "a\x00b", "x" * 5000],
)
def test_a_model_may_not_be_named_as_files_are(context: WebContext, name: str) -> None:
    with pytest.raises(UnknownModelError):
        refuse_folder(context, name)


@pytest.mark.usefixtures("working_folder")
def test_a_name_that_is_a_folder_where_the_server_runs_is_none(context: WebContext) -> None:
    for key in ("model", "smaller_model"):
        for name in ("models", "models/mine"):
            with pytest.raises(UnknownModelError):
                refuse_file_names(context, {"transcription": {key: name}})


@pytest.mark.usefixtures("working_folder")
def test_a_model_that_is_known_by_name_is_none_of_the_folders(context: WebContext) -> None:
    refuse_folder(context, "tiny.en")
    assert client_configuration(context, None).settings.transcription.model == "tiny.en"


def test_a_profile_that_names_a_model_names_no_folder_that_is_made_later(
    context: WebContext, working_folder: Path
) -> None:
    profile = {"transcription": {"model": "later"}}
    refuse_file_names(context, profile)
    context.services.orchestrator.profiles.save("mine", profile)
    (working_folder / "later").mkdir()
    with pytest.raises(UnknownModelError, match="whole path"):
        client_configuration(context, "mine")


def test_a_wake_word_may_not_be_the_file_of_a_model(context: WebContext) -> None:
    refuse_file_names(context, {"wake_word": {"words": ["jarvis"]}})
    with pytest.raises(InvalidSettingError, match="not files"):
        refuse_file_names(context, {"wake_word": {"words": ["jarvis", "/home/me/word.ONNX"]}})


def test_a_profile_of_the_servers_owner_may_name_a_folder(context: WebContext) -> None:
    context.services.orchestrator.profiles.save("mine", {"transcription": {"model": "/srv/models/mine"}})
    assert client_configuration(context, "mine").settings.transcription.model == "/srv/models/mine"
    assert client_configuration(context, None).settings.transcription.model == "tiny.en"


@pytest.mark.parametrize(
    "overrides", [{"transcription": 3}, {"transcription": {"model": 3}}, {"wake_word": {"words": 3}}]
)
def test_what_is_no_setting_at_all_is_left_to_the_profiles(
    context: WebContext, overrides: dict[str, object]
) -> None:
    refuse_file_names(context, overrides)
    with pytest.raises(InvalidSettingError):
        client_configuration(context, None, {"transcription": 3})
