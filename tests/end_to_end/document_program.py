"""Runs the Python blocks of a document as a reader would, each heading on its own, with a microphone that speaks.

``python -m tests.end_to_end.document_program FOLDER DOCUMENT …``, with FOLDER to put sounds into. Where a block
waits for Enter, it gets it as soon as a text has been written. What is printed stands behind its heading.
"""

import builtins
import os
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import soundfile
from tests.adapters.openai_transcription.local_service import KEY, running_service
from tests.end_to_end.played_microphones import played_microphones
from tests.end_to_end.sound_scenes import scene, silence, speech, wake_word

from realtime_mlx_stt import shutdown
from realtime_mlx_stt.adapters.python_api.process_services import services
from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ
from realtime_mlx_stt.domain.events import UtteranceTranscribed
from realtime_mlx_stt.domain.transcription import Word
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.event_store import StoredEvent

CLIP: Final = "lj001-0008"
_SECONDS: Final = 60.0


class Reader:
    """Presses Enter when there is something to be read."""

    def __init__(self) -> None:
        self._texts = threading.Semaphore(0)

    def take(self, stored: StoredEvent) -> None:
        if isinstance(stored.event, UtteranceTranscribed):
            self._texts.release()

    def press_enter(self, prompt: str = "") -> str:
        sys.stdout.write(prompt)
        assert self._texts.acquire(timeout=_SECONDS), "there is no text"
        return ""


def sections(document: str) -> Iterator[tuple[str, list[str]]]:
    """Each heading of the first two levels, with the Python blocks below it."""
    for section in re.split(r"^##? ", document, flags=re.MULTILINE)[1:]:
        blocks = re.findall(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
        if blocks:
            yield section.partition("\n")[0], blocks


def run(heading: str, blocks: list[str]) -> None:
    """Run the blocks one after the other, as one program."""
    sys.stdout.write(f"# {heading}\n")
    reader, names = Reader(), dict[str, Any](__name__="__main__")
    subscription = services().orchestrator.subscribe(reader.take)
    builtins.input = reader.press_enter  # type: ignore[assignment]  # which is given a text at most here
    for number, block in enumerate(blocks, start=1):
        exec(compile(block, f"<block {number} of {heading}>", "exec"), names)
    subscription.cancel()


def main(folder: Path, documents: Sequence[Path]) -> None:
    plain, waking = folder / "speech.wav", folder / "wake-word.wav"
    soundfile.write(plain, scene(speech(CLIP), silence(100)), SAMPLE_RATE_HZ)
    word = scene(silence(1), wake_word("alexa"), silence(0.2))
    soundfile.write(waking, scene(word, speech(CLIP), silence(100)), SAMPLE_RATE_HZ)
    with running_service() as service, played_microphones() as microphones:
        service.hears = hear_the_clip
        os.environ.update(OPENAI_API_KEY=KEY, OPENAI_BASE_URL=service.base_url, NO_PROXY="127.0.0.1")
        for document in documents:
            for heading, blocks in sections(document.read_text(encoding="utf-8")):
                microphones.play({"desk": [waking if heading == "Wake words" else plain]})
                run(f"{document.name}: {heading}", blocks)
        shutdown()


def hear_the_clip(audio: AudioSamples) -> list[Word]:
    """What the service on the network says, whatever it is sent."""
    return [Word(text="over the network", start_sample=0, end_sample=audio.size, probability=1.0)]


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
