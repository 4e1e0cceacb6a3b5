"""A program that hears a clip twice through a real microphone, with a crash of the sound server in between.

Prints what it saw as JSON. ``python real_microphone.py FOLDER CLIP``, in the environment of the server in FOLDER.
"""

import json
import sys
import threading
from pathlib import Path

import numpy as np
import soundfile
from tests.adapters.audio.sound_server import PrivateSoundServer
from tests.fakes.audio_sink import CollectingSink

from realtime_mlx_stt.adapters.audio.sound_devices import SoundDevices
from realtime_mlx_stt.adapters.audio.sources import SystemAudioSources
from realtime_mlx_stt.ports.audio_source import (
    AudioBlock,
    AudioSamples,
    MicrophoneRequest,
    SourceLost,
    SourceRecovered,
)


def likeness(heard: AudioSamples, clip: AudioSamples) -> float:
    """The correlation of the clip with where it lies best in what was heard."""
    length = len(heard) + len(clip)
    products = np.fft.irfft(np.fft.rfft(heard, length) * np.conj(np.fft.rfft(clip, length)), length)
    start = int(np.argmax(products[: len(heard) - len(clip)]))
    return float(np.corrcoef(heard[start : start + len(clip)], clip)[0, 1])


def hear(server: PrivateSoundServer, sink: CollectingSink, path: Path) -> float:
    clip, _ = soundfile.read(path, dtype="float32")
    begin = sink.end_sample
    server.play(path)
    enough = sink.end_sample + 8_000
    sink.wait_for(lambda sink: sink.end_sample > enough)
    return likeness(sink.audio[begin:], clip)


def main(folder: Path, path: Path) -> None:
    server = PrivateSoundServer(folder)
    sink = CollectingSink()
    server.start()
    try:
        devices = SoundDevices().inputs()
        source = SystemAudioSources().open(MicrophoneRequest())
        source.start(sink)
        sink.wait_for_last(AudioBlock)
        before = hear(server, sink, path)
        server.kill()
        sink.wait_for_last(SourceLost)
        server.start()
        sink.wait_for(lambda sink: any(isinstance(part, SourceRecovered) for part in sink.taken))
        after = hear(server, sink, path)
        source.stop()
    finally:
        server.kill()
    json.dump(
        {
            "default": [device.name for device in devices if device.is_default],
            "likeness": [before, after],
            "told": [type(part).__name__ for part in sink.taken if not isinstance(part, AudioBlock)],
            "losses": [[loss.reason, loss.lost_samples] for loss in sink.losses],
            "threads": [thread.name for thread in threading.enumerate()],
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
