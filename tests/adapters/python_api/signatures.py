"""What a caller sees of a function or class: its parameters in their order, their defaults and their types."""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Final, get_type_hints

__all__ = ["REQUIRED", "defaults_of", "parameter_types"]

REQUIRED: Final = inspect.Parameter.empty
"""Stands for the default of a parameter that has none."""


def defaults_of(called: Callable[..., Any]) -> dict[str, Any]:
    """The default of each parameter, in their order; for a factory of a dataclass, what it makes."""
    defaults = {name: parameter.default for name, parameter in inspect.signature(called).parameters.items()}
    if is_dataclass(called):
        factories = {f.name: f.default_factory for f in fields(called) if f.default_factory is not MISSING}
        defaults |= {name: factory() for name, factory in factories.items()}
    return defaults


def parameter_types(called: Callable[..., Any]) -> dict[str, Any]:
    """The type of each parameter; a dataclass has them on its fields."""
    hints = get_type_hints(called)
    return {name: hints[name] for name in inspect.signature(called).parameters}
