"""A program that ends has the texts that are owed for what was said before: they are written while it ends."""

import os
import subprocess
import sys
from pathlib import Path

from tests.adapters.speech_to_text.clips import DATA_FOLDER, clip
from tests.architecture.source_tree import ROOT
from tests.end_to_end.sound_scenes import word_errors


def test_the_texts_that_are_owed_at_the_end_of_a_program_are_written(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.end_to_end.ending_program", str(DATA_FOLDER / "speech" / "jfk.wav")],
        cwd=ROOT,
        env={**os.environ, "REALTIME_MLX_STT_DATABASE": str(tmp_path / "sessions.db"), "PYTHONPATH": "src:."},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )

    texts = run.stdout.splitlines()
    assert texts
    assert not [text for text in texts if text.startswith("failed")]
    assert word_errors(clip("jfk").text, " ".join(texts)).all <= 1
