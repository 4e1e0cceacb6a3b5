"""Silero hears speech in speech and in nothing else, and says what to do when its model cannot be had."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.adapters.sound_clips import NOISES, SPEECH_CLIPS, clip, framed, noise

from realtime_mlx_stt.adapters.voice_activity.silero import SileroVoiceActivity, package_folder
from realtime_mlx_stt.ports.audio_source import AudioSamples
from realtime_mlx_stt.ports.voice_activity import WINDOW_SAMPLES, VoiceActivityError

SOURCES = Path(__file__).parents[3] / "src"


@pytest.fixture(scope="module")
def silero() -> SileroVoiceActivity:
    return SileroVoiceActivity()


def probabilities(silero: SileroVoiceActivity, samples: AudioSamples) -> list[float]:
    detector = silero.open()
    return [detector.probability(window) for window in framed(samples, WINDOW_SAMPLES)]


@pytest.mark.parametrize("path", SPEECH_CLIPS, ids=lambda path: path.stem)
def test_every_clip_holds_speech(silero: SileroVoiceActivity, path: Path) -> None:
    heard = probabilities(silero, clip(path))
    assert max(heard) > 0.95
    assert sum(probability > 0.5 for probability in heard) > 0.4 * len(heard)


@pytest.mark.parametrize("name", NOISES)
def test_what_nobody_said_is_no_speech(silero: SileroVoiceActivity, name: str) -> None:
    assert max(probabilities(silero, noise(name, 10.0))) < 0.1


def test_a_detector_remembers_what_came_before(silero: SileroVoiceActivity) -> None:
    """Without its memory the model could not tell a pause within speech from the silence after it."""
    windows = framed(clip(SPEECH_CLIPS[0]), WINDOW_SAMPLES)
    remembering = silero.open()
    assert [remembering.probability(window) for window in windows] != [
        silero.open().probability(window) for window in windows
    ]


def test_neither_the_package_nor_pytorch_is_imported() -> None:
    program = (
        "import sys\n"
        "from realtime_mlx_stt.adapters.voice_activity.silero import SileroVoiceActivity\n"
        "assert 'onnxruntime' not in sys.modules\n"
        "SileroVoiceActivity().open()\n"
        "assert not {'silero_vad', 'torch', 'torchaudio'} & set(sys.modules)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=60)


def test_nothing_is_reported_to_anybody(tmp_path: Path) -> None:
    """Where onnxruntime reports, it also keeps a number of the device in the user's home; there must be none."""
    program = (
        "from realtime_mlx_stt.adapters.voice_activity.silero import SileroVoiceActivity\n"
        "SileroVoiceActivity().open()\n"
    )
    environment = {"HOME": str(tmp_path), "PYTHONPATH": str(SOURCES), "PATH": os.defpath}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=60)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_said_with_its_remedy() -> None:
    with pytest.raises(VoiceActivityError, match="pip install silero-vad") as raised:
        SileroVoiceActivity(lambda: None).open()
    assert raised.value.code == "voice-activity"


def test_a_package_without_its_model_is_said_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(VoiceActivityError, match="reinstall silero-vad") as raised:
        SileroVoiceActivity(lambda: tmp_path).open()
    assert str(tmp_path) in str(raised.value)


def test_a_damaged_model_is_said_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "silero_vad.onnx").write_bytes(b"no model")
    with pytest.raises(VoiceActivityError, match="reinstall silero-vad"):
        SileroVoiceActivity(lambda: tmp_path).open()


def test_a_model_that_comes_later_is_found() -> None:
    found = [None, package_folder()]
    silero = SileroVoiceActivity(lambda: found.pop(0))
    with pytest.raises(VoiceActivityError):
        silero.open()
    assert silero.open().probability(framed(noise("silence", 0.03), WINDOW_SAMPLES)[0]) < 0.5


def test_many_threads_open_detectors_and_the_model_is_looked_for_once() -> None:
    searches: list[threading.Thread] = []

    def find() -> Path | None:
        searches.append(threading.current_thread())
        return package_folder()

    silero = SileroVoiceActivity(find)
    with ThreadPoolExecutor(8) as pool:
        detectors = list(pool.map(lambda _: silero.open(), range(8)))
    assert len({id(detector) for detector in detectors}) == 8
    assert len(searches) == 1
