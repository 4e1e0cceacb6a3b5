"""A program that has real models write in turn, and tells in JSON what it heard and what memory it took.

``python -m tests.end_to_end.models_in_turn FOLDER MODEL…``: ``tiny.en`` or ``base``, each in a session of its own.
"""

import json
import sys
from pathlib import Path

from tests.end_to_end.hearing import TIMEOUT_SECONDS, Hearing, settings_below
from tests.end_to_end.served import wait_until
from tests.end_to_end.sound_scenes import scene, silence, speech

from realtime_mlx_stt.adapters.speech_to_text.engines import ENGINE
from realtime_mlx_stt.adapters.speech_to_text.mlx_whisper_engine import MlxWhisper
from realtime_mlx_stt.composition.container import Container, release


def own_megabytes() -> float:
    """The memory that is this process's alone, what was moved to the disk included."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    values = dict(line.split(":", 1) for line in status.splitlines())
    return sum(int(values[name].split()[0]) for name in ("RssAnon", "VmSwap")) / 1024


def loaded(hearing: Hearing) -> list[str]:
    opened = (hearing.container.engines().open(ENGINE, model) for model in ("tiny.en", "base"))
    return [model.model for model in opened if isinstance(model, MlxWhisper) and model.is_loaded]


def write_by(hearing: Hearing, model: str) -> str:
    """Have a session with the model write what is said, and wait until no other model is loaded."""
    config = hearing.config({"transcription": {"model": model, "language": "en"}})
    text = hearing.hear(scene(speech("cards-001"), silence(1.0)), config).text
    wait_until(lambda: loaded(hearing) == [model])
    # The other's memory comes back on the thread that loads: once this is done, so is that.
    hearing.orchestrator.load_model(config.settings).result(TIMEOUT_SECONDS)
    return text


def main(folder: str, *models: str) -> None:
    container = Container(settings=settings_below(Path(folder), database=None))
    hearing = Hearing(container, Path(folder))
    told = [
        {"text": write_by(hearing, model), "loaded": loaded(hearing), "megabytes": own_megabytes()}
        for model in models
    ]
    release(container)
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
