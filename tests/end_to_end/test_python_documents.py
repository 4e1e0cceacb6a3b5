"""Every block of Python in the documents runs as it stands, with a microphone into which somebody speaks."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from tests.end_to_end.command import Home
from tests.end_to_end.document_program import sections

ROOT: Final = Path(__file__).parents[2]
DOCUMENTS: Final = [
    path for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if "```python" in path.read_text()
]
SAID: Final = "been surpassed."


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What the blocks under each heading print."""
    folder = tmp_path_factory.mktemp("reader")
    program = subprocess.run(
        [sys.executable, "-m", "tests.end_to_end.document_program", str(folder), *map(str, DOCUMENTS)],
        cwd=ROOT,
        env={
            **Home(folder).environment,
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            "OPENBLAS_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
        timeout=200.0,
        check=False,
    )
    assert (program.returncode, program.stderr) == (0, ""), program.stdout
    return dict(re.findall(r"^# (.+)\n((?:(?!# ).*\n)*)", program.stdout, re.MULTILINE))


@pytest.mark.parametrize(
    ("heading", "texts"),
    [
        ("README.md: From Python", 1),
        ("python.md: From Python", 1),
        ("python.md: Sessions and callbacks", 1),
        ("python.md: Events", 2),
        ("python.md: One call", 5),
        ("python.md: Wake words", 1),
        ("python.md: Files and samples", 1),
    ],
)
def test_what_is_said_is_written(printed: Mapping[str, str], heading: str, texts: int) -> None:
    assert printed[heading].count(SAID) >= texts


def test_what_is_looked_up_is_there(printed: Mapping[str, str]) -> None:
    assert "ask what you can do for your country" in printed["python.md: Files and samples"]
    assert "fellow-Americans" in printed["settings.md: From Python"]
    assert "0 desk (default)" in printed["python.md: Microphones"]
    assert printed["python.md: OpenAI"] == "over the network\n"
    assert printed["python.md: Errors"].startswith("unknown-model - ")


def test_no_block_is_left_out(printed: Mapping[str, str]) -> None:
    for document in DOCUMENTS:
        text = document.read_text()
        found = list(sections(text))
        assert sum(len(blocks) for _, blocks in found) == len(re.findall("^ *```python", text, re.MULTILINE))
        assert {f"{document.name}: {heading}" for heading, _ in found} <= printed.keys()
