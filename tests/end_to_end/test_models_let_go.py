"""Real models that are used one after the other: what nobody uses gives its memory back, and can be had again."""

import json
import subprocess
import sys
from pathlib import Path

from tests.architecture.source_tree import ROOT
from tests.end_to_end.hearing import TIMEOUT_SECONDS

MODELS = ("tiny.en", "base", "tiny.en", "base")

LEAST_GIVEN_BACK_MEGABYTES = 100
"""As float32 the weights of ``base`` take 277 MB, those of ``tiny.en`` 144."""

MOST_LEFT_MEGABYTES = 40


def test_the_memory_of_a_model_that_nobody_uses_comes_back_and_the_model_writes_the_same_later(
    tmp_path: Path,
) -> None:
    """In a process of its own, which holds nothing else."""
    command = [sys.executable, "-m", "tests.end_to_end.models_in_turn", str(tmp_path), *MODELS]
    run = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=2 * TIMEOUT_SECONDS
    )
    assert run.returncode == 0, run.stderr
    first, other, first_again, other_again = json.loads(run.stdout.splitlines()[-1])

    assert [each["loaded"] for each in (first, other, first_again, other_again)] == [[model] for model in MODELS]
    assert (first["text"], other["text"]) == (first_again["text"], other_again["text"])
    assert other["text"] != ""
    assert other["megabytes"] - first_again["megabytes"] > LEAST_GIVEN_BACK_MEGABYTES
    assert first_again["megabytes"] - first["megabytes"] < MOST_LEFT_MEGABYTES
