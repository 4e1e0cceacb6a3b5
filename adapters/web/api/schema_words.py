"""Describes a JSON Schema in a few words, short enough for a cell of a table."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

__all__ = ["references", "schema_words"]

_RANGES: Final = {
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
}


def schema_words(schema: Mapping[str, Any]) -> str:
    """What a value may be."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(schema_words(choice) for choice in schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(json.dumps(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {schema_words(schema.get('items', {}))}"
    words = [str(schema.get("type", "anything"))]
    words += [said.format(schema[key]) for key, said in _RANGES.items() if key in schema]
    return ", ".join(words)


def references(part: object) -> Iterator[str]:
    """The schemas that a part of a document refers to, at every depth."""
    match part:
        case {"$ref": str() as reference}:
            yield reference
        case dict():
            for inner in part.values():
                yield from references(inner)
        case list():
            for inner in part:
                yield from references(inner)
        case _:
            pass
