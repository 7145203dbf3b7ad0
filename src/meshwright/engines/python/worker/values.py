"""What goes in and out of a function besides tables: parameters, and the small values that it returns."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

#: As `meshwright.model.outside.MAX_VALUES_BYTES`, which a process of another interpreter does not have.
_VALUES_BYTES = 64 * 1024


class Wrong(Exception):
    """What the function returned cannot be a table, or values. `kind` tells which rule it breaks."""

    def __init__(self, kind: str, message: str, fix: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.fix = fix

    @property
    def failure(self) -> dict[str, object]:
        """What is told of it."""
        return {"kind": self.kind, "message": str(self), "fix": self.fix}


def parameter(kind: str, value: Any) -> Any:
    """Return a parameter's value as Python knows it: days and times are no texts."""
    if value is None or not isinstance(value, str):
        return value
    if kind == "date":
        return dt.date.fromisoformat(value)
    if kind == "timestamp":
        return dt.datetime.fromisoformat(value)
    return value


def values_of(result: Any) -> dict[str, Any]:
    """Return what a function that gives no table returned, as values. Raises Wrong."""
    if result is None:
        return {}
    fix = "return nothing, or a dictionary of small values; remove 'as: none' for a table"
    if not isinstance(result, dict) or not all(isinstance(name, str) for name in result):
        raise Wrong("returned", f"it returned {name_of(result)}", fix)
    try:
        size = len(json.dumps(result, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise Wrong("returned", f"the values that it returned are no JSON: {error}", fix) from None
    if size > _VALUES_BYTES:
        raise Wrong(
            "returned", f"it returned {size:,} bytes of values, more than the {_VALUES_BYTES:,} that may be kept", fix
        )
    return result


def name_of(value: Any) -> str:
    """Return what a value is, in words."""
    if value is None:
        return "None"
    kind = type(value)
    if isinstance(value, type):
        return f"the class {value.__name__}"
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
