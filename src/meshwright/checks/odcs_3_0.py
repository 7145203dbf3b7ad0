"""What ODCS 3.0 wrote in another way: rules by name, bounds that exclude themselves. Read by `files`, compared by `plan`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

_Plain = TypeVar("_Plain")

#: Rule of 3.0 -> metric since 3.1.
METRICS: Mapping[str, str] = MappingProxyType(
    {
        "nullCheck": "nullValues",
        "nullCount": "nullValues",
        "duplicateCount": "duplicateValues",
        "uniqueCheck": "duplicateValues",
        "validValues": "invalidValues",
        "rowCount": "rowCount",
        "countCheck": "rowCount",
    }
)


def modern_options(options: Mapping[str, _Plain]) -> dict[str, _Plain]:
    """Return `logicalTypeOptions` of 3.0, where `exclusiveMaximum: true` says that `maximum` itself is too much."""
    modern = dict(options)
    for exclusive, inclusive in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        is_excluded = modern.get(exclusive)
        if isinstance(is_excluded, bool):
            del modern[exclusive]
            if is_excluded and inclusive in modern:
                modern[exclusive] = modern.pop(inclusive)
    return modern
