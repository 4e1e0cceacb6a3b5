"""Moves the meaning of each field from the docstring of its type to the description of the field."""

import re
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["with_field_meanings"]

_NAMES: Final = re.compile(r"(?:(?<=\s)|^)((?:``\w+``(?:, | and )(?:\s*))*``\w+``): ")
_NAME: Final = re.compile(r"``(\w+)``")


def with_field_meanings(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with each ``name``: meaning of its description moved to the property of that name.

    A type whose description names anything else in this way keeps its description as it is.
    """
    properties = schema.get("properties", {})
    intro, meanings = _meanings(str(schema.get("description", "")))
    if not meanings or not meanings.keys() <= properties.keys():
        return dict(schema)
    described = {name: _described(value, meanings.get(name)) for name, value in properties.items()}
    return {**schema, "description": intro, "properties": described}


def _meanings(text: str) -> tuple[str, Mapping[str, str]]:
    """The text before the fields, and the meaning of each field."""
    parts = _NAMES.split(text)
    meanings: dict[str, str] = {}
    for names, meaning in zip(parts[1::2], parts[2::2], strict=True):
        for name in _NAME.findall(names):
            meanings[name] = " ".join(meaning.split())
    return parts[0].strip(), meanings


def _described(schema: Mapping[str, Any], meaning: str | None) -> Mapping[str, Any]:
    if meaning is None or "description" in schema:
        return schema
    return {**schema, "description": meaning[:1].upper() + meaning[1:]}
