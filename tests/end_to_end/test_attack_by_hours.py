"""A file of hours takes no more memory than one of minutes, and nothing said in it is lost."""

import json
import subprocess
from pathlib import Path

import numpy as np
import soundfile
from tests.end_to_end.command import CLIPS, Home

from realtime_mlx_stt.domain.audio_format import SAMPLE_RATE_HZ

PARTS = 12
PART_SECONDS = 300
RATE = 8_000
MOST_GROWTH = 40_000
"""Kilobytes. The hour as the session hears it is 230 MB."""


def write_hour(path: Path) -> None:
    """Five minutes of faint noise and a few words, twelve times, written a part at a time."""
    words, clip_rate = soundfile.read(CLIPS / "cards-001.wav", dtype="float32")
    assert clip_rate == 2 * RATE
    part = (0.0005 * np.random.default_rng(5).standard_normal(PART_SECONDS * RATE)).astype(np.float32)
    part[-len(words) // 2 - RATE : -RATE] += words[::2]
    with soundfile.SoundFile(path, "w", RATE, 1, subtype="ULAW", format="WAV") as file:
        for _ in range(PARTS):
            file.write(part)


def resident_kilobytes(process_id: int) -> int:
    """How much of the process is in memory now; Linux tells by itself, others by ``ps``."""
    status = Path(f"/proc/{process_id}/status")
    if status.exists():
        return int(status.read_text().partition("VmRSS:")[2].split()[0])
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(process_id)], capture_output=True, text=True, check=True)
    return int(shown.stdout)


def test_memory_stays_flat_over_an_hour(tmp_path: Path) -> None:
    path = tmp_path / "hour.wav"
    write_hour(path)
    used: list[int] = []
    with Home(tmp_path).start(
        *("listen", "--json", "--database", tmp_path / "log.db", "--speed", "max", "--input", path)
    ) as running:
        for count in range(1, PARTS + 1):
            assert running.wait_for("utterance-transcribed", count)
            used.append(resident_kilobytes(running.process.pid))
        outcome = running.finish()
    assert outcome.status == 0, outcome
    log = [json.loads(line) for line in outcome.output.splitlines()]
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
    assert log[-1]["data"]["captured_samples"] == PARTS * PART_SECONDS * SAMPLE_RATE_HZ
    assert max(used[2:]) - used[1] < MOST_GROWTH, used
