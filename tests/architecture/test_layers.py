"""Dependencies point inwards, and the inside of the house knows no library but the few that are named here."""

import ast
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from tests.architecture.source_tree import LAYERS, PACKAGE, ROOT, SourceModule, source_modules

ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset(),
    "domain": frozenset(),
    "ports": frozenset({"numpy"}),
    "application": frozenset({"numpy", "msgspec"}),
}
"""What a layer may import from outside the standard library."""


def foreign(module: SourceModule) -> set[str]:
    roots = {name.partition(".")[0] for name, _ in module.imports()}
    return roots - sys.stdlib_module_names - {PACKAGE}


def test_import_linter_finds_every_contract_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    report = subprocess.run(
        [linter, "--no-cache"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert report.returncode == 0, report.stdout + report.stderr


@pytest.mark.parametrize("layer", ALLOWED)
def test_the_inner_layers_import_only_the_libraries_named_here(layer: str) -> None:
    modules = [module for module in source_modules() if module.layer == layer]
    assert modules
    found = {module.name: foreign(module) - ALLOWED[layer] for module in modules}
    assert {name: libraries for name, libraries in found.items() if libraries} == {}


def test_every_module_belongs_to_a_layer() -> None:
    assert {module.layer for module in source_modules()} == {"", *LAYERS}


def test_no_module_is_imported_by_a_relative_or_a_bare_name() -> None:
    wrong = [
        (module.name, name)
        for module in source_modules()
        for name, _ in module.imports()
        if name.startswith(".") or name.partition(".")[0] in LAYERS
    ]
    assert wrong == []


def test_nothing_is_imported_behind_the_linter_s_back() -> None:
    """Of ``__import__`` import-linter knows nothing."""
    wrong = [
        module.name
        for module in source_modules()
        if any(isinstance(node, ast.Name) and node.id == "__import__" for node in ast.walk(module.tree))
    ]
    assert wrong == []


def test_nothing_is_taken_from_a_module_that_it_does_not_offer() -> None:
    modules = {module.name: module for module in source_modules()}
    wrong = [
        f"{module.name} takes {name} from {source}"
        for module in modules.values()
        for source, name in module.imports()
        if name is not None
        and source in modules
        and f"{source}.{name}" not in modules
        and name not in modules[source].exported
    ]
    assert wrong == []


def test_no_test_takes_anything_from_another_test() -> None:
    """What several tests need is in a module of its own beside them."""
    wrong = [
        f"{path.relative_to(ROOT)} takes from {node.module}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").rpartition(".")[2].startswith("test_")
    ]
    assert wrong == []
