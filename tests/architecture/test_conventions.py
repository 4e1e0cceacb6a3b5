"""Modules open with what they are for, offer what they document, and stay small."""

import ast
from collections.abc import Iterator
from typing import Final

from tests.architecture.source_tree import FACE, PACKAGE, SourceModule, source_modules

LONGEST_MODULE_LINES: Final = 300
NAMES_THAT_SAY_NOTHING: Final = frozenset({"util", "utils", "helper", "helpers", "manager", "common", "misc"})


def is_one_sentence(text: str) -> bool:
    return text.endswith(".") and "\n" not in text and ". " not in text


def is_constant(name: str) -> bool:
    return name.isupper()


def undocumented_methods(definition: ast.ClassDef) -> Iterator[str]:
    for method in definition.body:
        if (
            isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
            and not method.name.startswith("_")
            and not ast.get_docstring(method)
        ):
            yield f"{definition.name}.{method.name}"


def is_only_a_docstring(module: SourceModule) -> bool:
    return len(module.tree.body) == 1


def test_every_module_opens_with_one_sentence() -> None:
    opening = {
        module.name: (ast.get_docstring(module.tree) or "").partition("\n\n")[0] for module in source_modules()
    }
    assert {name: text for name, text in opening.items() if not is_one_sentence(text)} == {}


def test_every_module_with_code_says_what_it_offers() -> None:
    silent = [module.name for module in source_modules() if not is_only_a_docstring(module) and not module.exported]
    assert silent == []


def test_what_a_module_offers_is_there_once() -> None:
    wrong: list[str] = []
    for module in source_modules():
        there = module.definitions().keys() | {name for _, name in module.imports()}
        wrong += [f"{module.name}: {name}" for name in module.exported if name not in there]
        wrong += [
            f"{module.name}: {name} twice" for name in set(module.exported) if module.exported.count(name) > 1
        ]
    assert wrong == []


def test_what_a_module_offers_is_documented() -> None:
    """Constants may stand without a docstring where name and value say it all."""
    silent = [
        f"{module.name}: {name}"
        for module in source_modules()
        for name, text in module.definitions().items()
        if name in module.exported and not text and not is_constant(name)
    ]
    assert silent == []


def test_the_methods_of_public_classes_are_documented() -> None:
    silent = [
        f"{module.name}: {method}"
        for module in source_modules()
        for definition in module.public_classes()
        for method in undocumented_methods(definition)
    ]
    assert silent == []


def test_no_module_is_named_for_what_it_happens_to_hold() -> None:
    """But for those whose names are in programs that exist."""
    of_old = {f"{PACKAGE}.{name}" for name in FACE}
    vague = [
        module.name
        for module in source_modules()
        if module.name not in of_old and NAMES_THAT_SAY_NOTHING & set(module.name.replace(".", "_").split("_"))
    ]
    assert vague == []


def test_modules_are_small() -> None:
    long = [module.name for module in source_modules() if module.lines > LONGEST_MODULE_LINES]
    assert long == [], "cut the module in two"
