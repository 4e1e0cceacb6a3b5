"""What lies in the source tree, read without importing it, so that a broken module cannot hide."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGE: Final = "realtime_mlx_stt"
LAYERS: Final = ("domain", "ports", "application", "adapters", "composition")
"""From the inside out; each may import those before it."""

FACE: Final = ("client", "config", "session", "transcriber", "types", "utils", "wake_word")
"""Modules beside the package's ``__init__`` that have the names which programs used to import from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceModule:
    """One file of production code, under the name by which it is imported."""

    path: Path
    name: str
    lines: int
    tree: ast.Module

    @property
    def layer(self) -> str:
        """The second part of the name; empty for the package's own ``__init__`` and the modules beside it."""
        second = self.name.partition(".")[2].partition(".")[0]
        return "" if second in FACE else second

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def exported(self) -> list[str]:
        """What ``__all__`` says; empty where there is none."""
        for statement in self.tree.body:
            if isinstance(statement, ast.Assign) and _assigned_name(statement) == "__all__":
                return list(ast.literal_eval(statement.value))
        return []

    def definitions(self) -> dict[str, str | None]:
        """Every name bound at the top of the module, with the docstring on it or below it."""
        found: dict[str, str | None] = {}
        following = [*self.tree.body[1:], None]
        for statement, after in zip(self.tree.body, following, strict=True):
            match statement:
                case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                    found[statement.name] = ast.get_docstring(statement)
                case ast.Assign() | ast.AnnAssign():
                    found[_assigned_name(statement)] = _text(after)
                case _:
                    pass
        return found

    def imports(self) -> Iterator[tuple[str, str | None]]:
        """Each module imported anywhere in the file, with the name taken from it, if one is."""
        for node in ast.walk(self.tree):
            match node:
                case ast.Import():
                    yield from ((alias.name, None) for alias in node.names)
                case ast.ImportFrom():
                    yield from (("." * node.level + (node.module or ""), alias.name) for alias in node.names)
                case _:
                    pass

    def public_classes(self) -> Iterator[ast.ClassDef]:
        """The classes that ``__all__`` names."""
        exported = self.exported
        return (node for node in self.tree.body if isinstance(node, ast.ClassDef) and node.name in exported)


def source_modules() -> list[SourceModule]:
    """All modules of the package, in the order of their names."""
    face = ROOT / "src" / PACKAGE
    files = [(PACKAGE, face / "__init__.py"), *((f"{PACKAGE}.{name}", face / f"{name}.py") for name in FACE)]
    for layer in LAYERS:
        for path in (ROOT / layer).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            files.append((".".join([PACKAGE, *(part for part in parts if part != "__init__")]), path))
    return [_read(name, path) for name, path in sorted(files)]


def _read(name: str, path: Path) -> SourceModule:
    text = path.read_text(encoding="utf-8")
    return SourceModule(path=path, name=name, lines=text.count("\n"), tree=ast.parse(text, filename=str(path)))


def _assigned_name(statement: ast.Assign | ast.AnnAssign) -> str:
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    return target.id if isinstance(target, ast.Name) else ast.unparse(target)


def _text(statement: ast.stmt | None) -> str | None:
    match statement:
        case ast.Expr(value=ast.Constant(value=str() as text)):
            return text
        case _:
            return None
