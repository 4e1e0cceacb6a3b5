"""Every port has a contract test, and every fake of a port is held to one."""

import ast
from collections.abc import Iterator
from typing import Final

from tests.architecture.source_tree import PACKAGE, ROOT, source_modules

CONTRACTS: Final = ROOT / "tests" / "contracts"
FAKES: Final = ROOT / "tests" / "fakes"


def ports() -> dict[str, set[str]]:
    """Each protocol of ``ports``, with the names that its own definition mentions."""
    return {
        definition.name: {node.id for node in ast.walk(definition) if isinstance(node, ast.Name)}
        for module in source_modules()
        if module.layer == "ports"
        for definition in module.public_classes()
        if any(isinstance(base, ast.Name) and base.id == "Protocol" for base in definition.bases)
    }


def imports_of_contracts() -> Iterator[tuple[str, str]]:
    """The module and the name of everything that a contract test imports."""
    for path in sorted(CONTRACTS.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                yield from ((node.module or "", alias.name) for alias in node.names)


def test_every_port_is_the_subject_of_a_contract_or_is_had_through_one_that_is() -> None:
    protocols = ports()
    held = {name for module, name in imports_of_contracts() if module.startswith(f"{PACKAGE}.ports.")}
    reached = held & set(protocols)
    while found := {name for port in reached for name in protocols[port] & set(protocols)} - reached:
        reached |= found
    assert len(protocols) > 10
    assert sorted(set(protocols) - reached) == []


def test_every_fake_is_held_to_a_contract() -> None:
    held = {module for module, _ in imports_of_contracts()}
    assert [fake.stem for fake in sorted(FAKES.glob("*.py")) if f"tests.fakes.{fake.stem}" not in held] == []
