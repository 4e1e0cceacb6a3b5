"""Finds the microphone that a person means by an index or a name."""

from collections.abc import Sequence
from difflib import get_close_matches

from realtime_mlx_stt.ports.audio_devices import InputDevice
from realtime_mlx_stt.ports.audio_source import AudioDeviceNotFoundError

__all__ = ["choose_device"]


def choose_device(devices: Sequence[InputDevice], wanted: int | str | None) -> InputDevice:
    """The device with that index, or whose name is or contains ``wanted`` in any case; None is the default one.

    Raises:
        AudioDeviceNotFoundError: there is none, or there are several.
    """
    if not devices:
        raise AudioDeviceNotFoundError("There is no microphone; connect one, or name a sound file instead.")
    if wanted is None:
        return _default(devices)
    if isinstance(wanted, int):
        return _with_index(devices, wanted)
    return _with_name(devices, wanted)


def _default(devices: Sequence[InputDevice]) -> InputDevice:
    for device in devices:
        if device.is_default:
            return device
    raise AudioDeviceNotFoundError(f"The system has no default microphone; name one of these: {_list(devices)}.")


def _with_index(devices: Sequence[InputDevice], index: int) -> InputDevice:
    for device in devices:
        if device.index == index:
            return device
    raise AudioDeviceNotFoundError(f"No microphone has the number {index}; there are: {_list(devices)}.")


def _with_name(devices: Sequence[InputDevice], name: str) -> InputDevice:
    folded = name.strip().casefold()
    same = [device for device in devices if device.name.strip().casefold() == folded]
    if same:
        return same[0]
    containing = [device for device in devices if folded and folded in device.name.casefold()]
    if len(containing) == 1:
        return containing[0]
    if containing:
        raise AudioDeviceNotFoundError(
            f"Several microphones have {name!r} in their names: {_list(containing)}; say more of the name, or its "
            "number."
        )
    raise AudioDeviceNotFoundError(
        f"No microphone has {name!r} in its name{_suggestion(devices, folded)}; there are: {_list(devices)}."
    )


def _suggestion(devices: Sequence[InputDevice], folded: str) -> str:
    near = [device for device in devices if _is_near(device.name.casefold(), folded)]
    return f"; did you mean {' or '.join(repr(device.name) for device in near)}?" if near else ""


def _is_near(name: str, folded: str) -> bool:
    """Whether the name, or a word of it, is spelled nearly the same."""
    return bool(get_close_matches(folded, (name, *name.replace(",", " ").replace(":", " ").split()), cutoff=0.7))


def _list(devices: Sequence[InputDevice]) -> str:
    return ", ".join(f"{device.index} {device.name!r}" for device in devices)
