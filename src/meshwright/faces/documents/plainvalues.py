"""Values of all kinds as JSON can hold them."""

from __future__ import annotations

import datetime as dt
import decimal
import math
from collections.abc import Iterable, Mapping
from typing import TypeVar, cast

Document = dict[str, object]
_Shape = TypeVar("_Shape", bound=Mapping[str, object])


def plain(value: object) -> object:  # noqa: PLR0911 - one return for each kind of value
    """Return `value` as JSON can hold it: not-a-number and infinity become null, times ISO 8601, bytes hexadecimal."""
    if value is None or isinstance(value, str | bool | int):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    return str(value)


def moment(at: dt.datetime | None) -> str | None:
    """Return a moment, where there is one."""
    return None if at is None else at.isoformat()


def plain_document(document: _Shape) -> _Shape:
    """Return `document` with everything that JSON cannot hold made plain; its shape stays."""
    return cast("_Shape", plain_values(document))


def plain_values(values: Mapping[str, object]) -> Document:
    """Return values by name, made plain."""
    return {key: plain(value) for key, value in values.items()}
