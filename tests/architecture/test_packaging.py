"""What setup.cfg installs is what lies in the source tree, and the link tree shows it under the same names."""

from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Final

import pytest
from tests.architecture.source_tree import FACE, LAYERS, PACKAGE, ROOT

LINK_TREE: Final = ROOT / "src" / PACKAGE


def setup_cfg() -> ConfigParser:
    parser = ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def listed(section: str, option: str) -> list[str]:
    return setup_cfg().get(section, option).split()


def folders() -> Iterator[Path]:
    """Every folder that holds production code, as a path from the root."""
    for layer in LAYERS:
        yield from {path.parent.relative_to(ROOT) for path in (ROOT / layer).rglob("*.py")}


def folder_of(package: str) -> Path:
    """Where a package's files lie, as ``package_dir`` says: the longest mapped name before it counts."""
    inner = package.removeprefix(PACKAGE).lstrip(".")
    return ROOT / inner.replace(".", "/") if inner else LINK_TREE


def test_every_folder_of_code_is_a_package_and_is_listed() -> None:
    expected = {PACKAGE} | {f"{PACKAGE}." + ".".join(folder.parts) for folder in folders()}
    packages = listed("options", "packages")
    assert sorted(packages) == sorted(expected), "mend [options] packages in setup.cfg"
    assert [package for package in packages if not (folder_of(package) / "__init__.py").is_file()] == []


def test_only_the_package_and_its_layers_are_mapped_to_folders() -> None:
    mapped = dict(setup_cfg().items("options"))["package_dir"].strip().splitlines()
    assert {tuple(part.strip() for part in line.split("=")) for line in mapped} == {
        (PACKAGE, f"src/{PACKAGE}"),
        *((f"{PACKAGE}.{layer}", layer) for layer in LAYERS),
    }


def test_every_file_that_is_not_code_is_listed_as_package_data() -> None:
    present = {
        path
        for package in listed("options", "packages")
        for path in folder_of(package).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }
    data = setup_cfg().items("options.package_data")
    found = {
        (package, name): set(folder_of(package).glob(name))
        for package, names in data
        for name in names.strip().splitlines()
    }
    none = [each for each, files in found.items() if not files]
    assert none == [], "one name or pattern a line, for setuptools takes a line for one"
    assert set().union(*found.values()) == present


@pytest.mark.parametrize("layer", LAYERS)
def test_the_link_tree_shows_each_layer_under_the_package(layer: str) -> None:
    link = LINK_TREE / layer
    assert link.is_symlink()
    assert str(link.readlink()) == f"../../{layer}", "a link out of this tree would be broken in the next clone"
    assert link.resolve() == ROOT / layer


def test_the_link_tree_holds_nothing_else() -> None:
    present = {path.name for path in LINK_TREE.iterdir() if path.name != "__pycache__"}
    assert present == {"__init__.py", "py.typed", *LAYERS, *(f"{name}.py" for name in FACE)}


def test_pyproject_only_says_how_to_build() -> None:
    sections = [
        line for line in (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines() if "[" in line[:1]
    ]
    assert sections == ["[build-system]"]
