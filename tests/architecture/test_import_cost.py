"""Nothing is loaded before it is needed: neither the package nor the command's help may bring in anything heavy."""

import subprocess
import sys
from typing import Final

import pytest
from tests.architecture.source_tree import ROOT

REPORT: Final = """
import sys
before = set(sys.modules)
try:
    {statement}
except SystemExit:
    pass
loaded = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(*sorted(loaded - sys.stdlib_module_names - {{"realtime_mlx_stt"}}), file=sys.stderr)
"""


def libraries_loaded_by(statement: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", REPORT.format(statement=statement), *arguments],
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stderr.split()


def test_importing_the_package_loads_no_library() -> None:
    assert libraries_loaded_by("import realtime_mlx_stt") == []


def test_importing_the_domain_loads_no_library() -> None:
    assert libraries_loaded_by("import realtime_mlx_stt.domain.decide") == []


@pytest.mark.parametrize("arguments", [["--help"], ["listen", "--help"], ["sessions", "export", "--help"]])
def test_the_help_of_the_command_loads_nothing_but_what_reads_the_command_line(arguments: list[str]) -> None:
    statement = "from realtime_mlx_stt.composition.command_line import main; main()"
    assert libraries_loaded_by(statement, *arguments) == ["click"]
