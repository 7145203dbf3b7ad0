"""Readings of Python files as text for the parse cache."""

from __future__ import annotations

import json
from dataclasses import asdict

from meshwright.files.pythonast import Argument, Function, Import, ModuleReading, Place


def encode_module(reading: ModuleReading) -> str:
    """Return a reading as text."""
    return json.dumps(asdict(reading), separators=(",", ":"))


def decode_module(text: str) -> ModuleReading:
    """Return the reading that `encode_module` wrote. Raises ValueError, TypeError, KeyError for anything else."""
    found = json.loads(text)
    place = found["problem_place"]
    return ModuleReading(
        fingerprint=found["fingerprint"],
        functions=tuple(_function(each) for each in found["functions"]),
        imports=tuple(
            Import(level=each["level"], module=each["module"], names=tuple(each["names"]), place=Place(**each["place"]))
            for each in found["imports"]
        ),
        problem=found["problem"],
        problem_place=Place(**place) if place else None,
    )


def _function(found: dict[str, object]) -> Function:
    arguments, place, by_position = found["arguments"], found["place"], found["by_position"]
    if not isinstance(arguments, list) or not isinstance(place, dict) or not isinstance(by_position, list):
        raise TypeError("no function")
    return Function(
        name=str(found["name"]),
        place=Place(**place),
        is_async=bool(found["is_async"]),
        arguments=tuple(Argument(**{**each, "place": Place(**each["place"])}) for each in arguments),
        by_position=tuple(by_position),
        takes_any=bool(found["takes_any"]),
    )
