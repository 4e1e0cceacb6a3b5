"""The server's configuration: where each value comes from, which are refused, and that it is kept safely."""

import json
import logging
import stat
from pathlib import Path
from typing import Any

import pytest

from realtime_mlx_stt.adapters.web.server_config import ServerConfig, ServerLimits
from realtime_mlx_stt.domain.errors import InvalidSettingError

ENVIRONMENT = {
    "STT_SERVER_HOST": "0.0.0.0",
    "STT_SERVER_PORT": "9000",
    "STT_SERVER_DEBUG": "TRUE",
    "STT_SERVER_AUTO_START": "false",
    "STT_SERVER_CORS_ORIGINS": "http://localhost:3000, https://Friend.example",
    "STT_SERVER_AUTH_ENABLED": "true",
    "STT_SERVER_AUTH_TOKEN": "right-horse-battery",
    "STT_SERVER_ALLOWED_HOSTS": "speech.example",
    "STT_SERVER_PROFILES_DIR": "/srv/profiles",
    "STT_SERVER_DEFAULT_PROFILE": "dictation",
    "UNRELATED": "x",
}


def written(tmp_path: Path, section: object) -> Path:
    path = tmp_path / "server.json"
    path.write_text(json.dumps({"server": section}))
    return path


def test_without_anything_only_this_machine_reaches_it() -> None:
    config = ServerConfig.resolve({}, {})
    assert config == ServerConfig()
    assert (config.host, config.port, config.cors_origins, config.auth_token) == ("127.0.0.1", 8000, (), None)


def test_every_variable_is_heeded() -> None:
    assert ServerConfig.from_env(ENVIRONMENT) == ServerConfig(
        host="0.0.0.0",
        port=9000,
        debug=True,
        auto_start=False,
        cors_origins=("http://localhost:3000", "https://friend.example"),
        auth_enabled=True,
        auth_token="right-horse-battery",
        allowed_hosts=("speech.example",),
        profiles_directory="/srv/profiles",
        default_profile="dictation",
    )


def test_explicit_counts_before_the_environment_before_the_file_before_the_defaults(tmp_path: Path) -> None:
    path = written(tmp_path, {"port": 1, "default_profile": "file", "host": "::1", "limits": {"sessions": 2}})
    environment = {"STT_SERVER_PORT": "2", "STT_SERVER_DEFAULT_PROFILE": "environment"}
    config = ServerConfig.resolve({"port": 3}, environment, path)
    assert (config.port, config.default_profile, config.host) == (3, "environment", "::1")
    assert config.limits == ServerLimits(sessions=2)


def test_what_is_saved_is_read_again_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    config = ServerConfig.from_env(ENVIRONMENT)
    path = tmp_path / "new" / "server.json"
    assert config.save_to_file(path)
    assert ServerConfig.from_file(path) == config
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert config.to_dict() == json.loads(path.read_text())["server"]


def test_a_bare_file_name_can_be_saved_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert ServerConfig().save_to_file(Path("server.json"))
    assert ServerConfig.from_file(Path("server.json")) == ServerConfig()


def test_what_cannot_be_saved_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    assert not ServerConfig().save_to_file(tmp_path / "file" / "server.json")
    assert "cannot be written" in caplog.text


def test_the_token_is_not_shown_where_the_configuration_is() -> None:
    assert "right-horse-battery" not in repr(ServerConfig(auth_token="right-horse-battery"))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "http"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("PORT", "80.0"),
        ("PORT", ""),
        ("PORT", "\u0661"),
        ("HOST", ""),
        ("AUTH_ENABLED", "perhaps"),
        ("AUTH_TOKEN", "short"),
        ("AUTH_TOKEN", "with spaces in it"),
        ("AUTH_TOKEN", "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"),
        ("CORS_ORIGINS", "localhost:3000"),
        ("CORS_ORIGINS", "https://friend.example/path"),
        ("CORS_ORIGINS", "https://*.example"),
        ("DEFAULT_PROFILE", ""),
    ],
)
def test_a_variable_that_cannot_be_is_named(variable: str, value: str) -> None:
    with pytest.raises(InvalidSettingError, match=f"STT_SERVER_{variable}"):
        ServerConfig.resolve({}, {f"STT_SERVER_{variable}": value})


def test_an_option_that_cannot_be_is_named_as_on_the_command_line() -> None:
    with pytest.raises(InvalidSettingError, match="--token"):
        ServerConfig.resolve({"auth_token": "short"}, {})


@pytest.mark.parametrize(
    ("section", "named"),
    [
        ({"port": "x"}, "port"),
        ({"port": True}, "port"),
        ({"port": 80.5}, "port"),
        ({"host": 5}, "host"),
        ({"cors_origins": 5}, "cors_origins"),
        ({"cors_origins": [5]}, "cors_origins"),
        ({"limits": []}, "limits"),
        ({"limits": {"sockets": 0}}, "sockets"),
        ({"limits": {"sockets": 1.5}}, "sockets"),
        ({"limits": {"idle_seconds": "long"}}, "idle_seconds"),
        ({"limits": {"idle_seconds": True}}, "idle_seconds"),
        ([], "server"),
    ],
)
def test_a_key_that_cannot_be_is_named(tmp_path: Path, section: Any, named: str) -> None:
    with pytest.raises(InvalidSettingError, match=named):
        ServerConfig.from_file(written(tmp_path, section))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe\x00", b"5", b'{"other": {}}', b"[" * 1_000_000])
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "server.json"
    path.write_bytes(content)
    assert str(path) in refusal(path)
    assert '{"server": {…}}' in refusal(path)


def test_a_file_that_is_missing_or_a_folder_is_refused_with_what_to_do(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none.json", "there is no such file"), (tmp_path, "it is a folder")):
        assert refusal(path) == (
            f'The configuration file {path} cannot be read: {why}. Name a JSON file that holds {{"server": {{…}}}}.'
        )


def refusal(path: Path) -> str:
    with pytest.raises(InvalidSettingError) as refused:
        ServerConfig.from_file(path)
    return str(refused.value)


def test_keys_that_nobody_knows_are_ignored_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = written(tmp_path, {"auth_tokn": "right-horse-battery", "limits": {"socket": 1}})
    with caplog.at_level(logging.WARNING):
        assert ServerConfig.from_file(path) == ServerConfig()
    assert "server.auth_tokn" in caplog.text
    assert "limits.socket" in caplog.text


@pytest.mark.parametrize(("word", "meant"), [("True", True), ("1", True), ("on", True), ("no", False), ("", False)])
def test_truths_are_read_as_people_write_them(word: str, meant: bool) -> None:
    assert ServerConfig.from_env({"STT_SERVER_AUTH_ENABLED": word}).auth_enabled is meant


@pytest.mark.parametrize(
    ("section", "hint"),
    [({"prot": 8100}, "server.prot.*did you mean port"), ({"limits": {"sokets": 1}}, "limits.sokets.*sockets")],
)
def test_a_key_that_nobody_knows_keeps_a_server_from_starting_with_what_was_not_meant(
    tmp_path: Path, section: dict[str, object], hint: str
) -> None:
    path = tmp_path / "server.json"
    path.write_text(json.dumps({"server": section}))
    with pytest.raises(InvalidSettingError, match=hint):
        ServerConfig.resolve({}, {}, path)
