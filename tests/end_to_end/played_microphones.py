"""Runs a user's program in this process, which finds microphones that play sounds.

``python -m tests.end_to_end.played_microphones NAME=SOUND[,SOUND …] … -- PROGRAM [ARGUMENT …]``

Whenever a microphone is opened it plays the next of its sounds, or its last one again, four times as fast as it was
spoken; long silence behind a sound is to be a part of it. The first microphone is the default one. All else is the
package's own.
"""

import runpy
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dependency_injector import providers

from realtime_mlx_stt.adapters.audio.files.file_source import FileSource
from realtime_mlx_stt.adapters.audio.microphone.device_choice import choose_device
from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.composition.container import Container
from realtime_mlx_stt.ports.audio_devices import InputDevice
from realtime_mlx_stt.ports.audio_source import AudioSource, MicrophoneRequest, SourceRequest

__all__ = ["PlayedMicrophones", "played_microphones"]

_SPEED: Final = 4.0


@dataclass(kw_only=True)
class PlayedMicrophones:
    """``AudioSources`` and ``AudioDevices`` of these microphones and no others. For one thread at a time."""

    sounds: dict[str, Sequence[Path]] = field(default_factory=dict)
    _openings: "Counter[str]" = field(default_factory=Counter)

    def play(self, sounds: Mapping[str, Sequence[Path]]) -> None:
        """Be these microphones from now on, each with these sounds from the first on."""
        self.sounds = dict(sounds)
        self._openings.clear()

    def inputs(self) -> tuple[InputDevice, ...]:
        return tuple(
            InputDevice(index=index, name=name, channels=1, sample_rate_hz=16_000, is_default=index == 0)
            for index, name in enumerate(self.sounds)
        )

    def open(self, request: SourceRequest) -> AudioSource:
        if not isinstance(request, MicrophoneRequest):
            return SystemAudioSources().open(request)
        name = choose_device(self.inputs(), request.device).name
        sounds = self.sounds[name]
        sound = sounds[min(self._openings[name], len(sounds) - 1)]
        self._openings[name] += 1
        return FileSource(sound, _SPEED)


@contextmanager
def played_microphones() -> Iterator[PlayedMicrophones]:
    """Have every container that is made meanwhile find the microphones of what is given."""
    made = PlayedMicrophones()
    provider = providers.Callable(lambda: made)
    with Container.sources.override(provider), Container.devices.override(provider):
        yield made


def _main(arguments: Sequence[str]) -> None:
    end = arguments.index("--")
    named = (argument.split("=") for argument in arguments[:end])
    sys.argv[:] = arguments[end + 1 :]
    with played_microphones() as microphones:
        microphones.play({name: [Path(path) for path in paths.split(",")] for name, paths in named})
        runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    _main(sys.argv[1:])
