"""Lists the microphones."""

from realtime_mlx_stt.adapters.cli.tables import list_console, plain_table
from realtime_mlx_stt.ports.audio_devices import AudioDevices

__all__ = ["print_devices"]


def print_devices(devices: AudioDevices) -> None:
    """Print one line per microphone, or how to work without one.

    Raises:
        AudioSourceError: the sound system does not answer.
    """
    console = list_console()
    inputs = devices.inputs()
    if not inputs:
        console.print("No microphone is connected. `stt listen --input FILE` hears a sound file instead.")
        return
    table = plain_table("index", "name", "channels", "rate", "")
    for device in inputs:
        default = "default" if device.is_default else ""
        table.add_row(str(device.index), device.name, str(device.channels), f"{device.sample_rate_hz} Hz", default)
    console.print(table)
