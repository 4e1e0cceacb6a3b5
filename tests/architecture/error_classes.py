"""The classes of errors, as the source of every module says them."""

import ast
from dataclasses import dataclass
from typing import Final

from tests.architecture.source_tree import source_modules

__all__ = ["ROOT_ERROR", "ErrorClass", "defined_errors"]

ROOT_ERROR: Final = "RealtimeSttError"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorClass:
    """One class of the tree, as its source says."""

    name: str
    parent: str
    code: str
    """Empty where the class only groups others."""


def defined_errors() -> dict[str, ErrorClass]:
    """All classes below the root, by name, found in the source of every module."""
    classes = [
        ErrorClass(name=node.name, parent=ast.unparse(base), code=_code_of(node))
        for module in source_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
        for base in node.bases
    ]
    found: dict[str, ErrorClass] = {}
    below = {ROOT_ERROR}
    while below:
        children = {each.name: each for each in classes if each.parent in below}
        found |= children
        below = set(children)
    return found


def _code_of(definition: ast.ClassDef) -> str:
    for statement in definition.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str() as code)):
                return code
            case _:
                pass
    return ""
