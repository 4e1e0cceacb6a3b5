"""Importing the package costs next to nothing: no library is loaded before it is needed."""

import subprocess
import sys
from typing import Final

from tests.architecture.source_tree import PACKAGE, ROOT

REPORT_FOREIGN_MODULES: Final = """
import sys
before = set(sys.modules)
import {module}
roots = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(*sorted(roots - sys.stdlib_module_names - {{"realtime_mlx_stt"}}))
"""


def foreign_modules_after_importing(module: str) -> list[str]:
    report = subprocess.run(
        [sys.executable, "-c", REPORT_FOREIGN_MODULES.format(module=module)],
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return report.stdout.split()


def test_importing_the_package_loads_no_library() -> None:
    assert foreign_modules_after_importing(PACKAGE) == []


def test_importing_the_domain_loads_no_library() -> None:
    assert foreign_modules_after_importing(f"{PACKAGE}.domain.decide") == []
