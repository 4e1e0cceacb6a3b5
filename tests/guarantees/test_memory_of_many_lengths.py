"""However many lengths clips have, the memory that a process takes stays where the first fifty have brought it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.guarantees.many_lengths import CLIPS, FIRST

ROOT = Path(__file__).parents[2]
MOST_GROWTH = 0.05
TIMEOUT_SECONDS = 1_500
"""Far longer than it takes, even on a busy machine."""


@pytest.mark.timeout(TIMEOUT_SECONDS)
def test_final_texts_of_five_hundred_lengths_take_hardly_more_memory_than_fifty() -> None:
    """In a process of its own, which holds nothing but the model."""
    program = "import sys; sys.path[:0] = ['src', '.']; from tests.guarantees.many_lengths import main; main()"
    outcome = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)

    assert outcome.returncode == 0, outcome.stderr
    told = json.loads(outcome.stdout.splitlines()[-1])
    assert told["distinct"] == CLIPS
    assert told["resident"][str(CLIPS)] <= told["resident"][str(FIRST)] * (1 + MOST_GROWTH)
